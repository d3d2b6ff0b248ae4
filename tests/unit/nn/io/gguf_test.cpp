#include "../../../../nn/io/gguf.h"

#include <cmath>
#include <cstring>

#include "../../../../ops/creation.h"
#include "../../../files.h"
#include "gguf_bytes.h"

using namespace adora;
using namespace adora::test;

namespace {

const std::string blocks = std::string(ADORA_SOURCE_ROOT) + "/tests/unit/nn/io/files/blocks.gguf";

struct Files {
  TemporaryFolder folder;
  std::string path = folder / "x.gguf";

  void check_accepted(const std::string& bytes) {
    put(path, bytes);
    CHECK_NOTHROW(GgufReader(path));
  }
  void check_refused(const std::string& bytes, const std::string& why) {
    put(path, bytes);
    const std::string error = error_of([&] { GgufReader file(path); });
    CHECK_THAT(error, ContainsSubstring(path));
    CHECK_THAT(error, ContainsSubstring(why));
  }
};

/// Reads all that is in a file.
double read_all(const std::string& path) {
  const GgufReader file(path);
  double sum = 0;
  for (const std::string& key : file.keys()) sum += static_cast<double>(file.value(key).dump().size());
  for (const std::string& name : file.names())
    for (const double value : to_vector<double>(file.tensor(name))) sum += value;
  return sum;
}

/// A small file with a bit of everything.
std::string small_file() {
  return GgufBytes()
      .key("general.architecture", text_value("none"))
      .key("a.list", array_value(8, {string_bytes("x"), string_bytes("ü")}))
      .key("a.number", u32_value(7))
      .tensor("w", {3, 2}, 0, std::string(24, '\1'))
      .tensor("q", {32}, 8, std::string(34, '\2'))
      .bytes();
}

}  // namespace

TEST_CASE("GGUF: a value of every kind is read") {
  const GgufReader file(blocks);
  CHECK(file.version() == 3);
  const std::map<std::string, Json> expected{
      {"kind.uint8", 255},
      {"kind.int8", -128},
      {"kind.uint16", 65535},
      {"kind.int16", -32768},
      {"kind.uint32", std::int64_t{4294967295}},
      {"kind.int32", std::int64_t{-2147483648}},
      {"kind.float32", static_cast<double>(0.1f)},
      {"kind.bool", true},
      {"kind.string", "ä \"b\"\n"},
      {"kind.uint64", 0x1p64},
      {"kind.int64", INT64_MIN},
      {"kind.float64", 0.1},
      {"array.string", Json::Array{"a", "", "ö"}},
      {"array.int32", Json::Array{1, -2, 3}},
      {"array.float32", Json::Array{0.5, -1.5}},
      {"array.bool", Json::Array{true, false}},
  };
  for (const auto& [key, value] : expected) {
    INFO(key);
    CHECK(file.value(key) == value);
  }
  CHECK(file.kind("kind.uint64") == "u64");
  CHECK(file.kind("array.string") == "array of string");
  CHECK(file.has("general.architecture"));
  CHECK(file.keys().size() == expected.size() + 1);
  CHECK_THAT(error_of([&] { file.value("kind.none"); }), ContainsSubstring("kind.none"));
}

TEST_CASE("GGUF: blocks of every type are the numbers that Python's gguf package makes of them, bit for bit") {
  const GgufReader file(blocks);
  for (const char* type : {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"}) {
    INFO(type);
    REQUIRE(file.type(type) == type);
    const Tensor expected = file.tensor(std::string(type) + ".numbers"), read = file.tensor(type);
    CHECK(same_bits(read, expected));
    CHECK(same_bits(file.tensor(type, bfloat16), to(expected, bfloat16)));
    CHECK(same_bits(file.tensor(type, float16), to(expected, float16)));
    CHECK(same_bits(file.tensor(type, float64), to(expected, float64)));
    CHECK(file.dtype(type) == float32);
    CHECK(file.dtype(type, bfloat16) == bfloat16);
  }
  CHECK_THAT(error_of([&] { file.tensor("Q4_0", int64); }), ContainsSubstring("int64"));
}

TEST_CASE("GGUF: numbers of a dtype are read as they are, their dimensions from the outermost") {
  const GgufReader file(blocks);
  CHECK(file.shape("plain.f32") == Shape{2, 3});
  const Tensor plain = file.tensor("plain.f32");
  CHECK(to_vector<float>(plain) == std::vector<float>{1, -2.5f, 0.1f, 65504, 6e-8f, 0});
  for (const auto& [name, dtype] :
       {std::pair{"plain.f16", float16}, {"plain.bf16", bfloat16}, {"plain.f64", float64}}) {
    INFO(name);
    CHECK(file.dtype(name, float16) == dtype);
    CHECK(same_bits(file.tensor(name), to(plain, dtype)));
  }
  CHECK(to_vector<std::int64_t>(file.tensor("plain.i32")) == std::vector<std::int64_t>{1, -2147483648});
  CHECK_THAT(error_of([&] { file.tensor("absent"); }), ContainsSubstring("absent"));
}

TEST_CASE("GGUF: tensors lie in the mapped file, which their changes do not reach") {
  TemporaryFolder folder;
  const std::string path = folder / "mapped.gguf";
  put(path, bytes_of(blocks));
  const std::size_t before = memory_stats(cpu).current;
  Tensor x = GgufReader(path).tensor("plain.f32");
  CHECK(memory_stats(cpu).current == before);
  x.data<float>()[1] = 20;
  CHECK(to_vector<float>(GgufReader(path).tensor("plain.f32"))[1] == -2.5f);
  std::filesystem::remove(path);
  CHECK(to_vector<float>(x)[1] == 20);
}

TEST_CASE("GGUF: a quantized tensor takes no memory but its own") {
  TemporaryFolder folder;
  const std::string path = folder / "x.gguf";
  const std::int64_t numbers = 1 << 20;
  put(path, GgufBytes().tensor("w", {256, numbers / 256}, 12, std::string(numbers / 256 * 144, '\3')).bytes());
  const GgufReader file(path);
  const std::size_t before = memory_stats(cpu).current;
  reset_peak_memory(cpu);
  const Tensor x = file.tensor("w", bfloat16);
  CHECK(memory_stats(cpu).peak - before == static_cast<std::size_t>(2 * numbers));
}

TEST_CASE("GGUF: versions 2 and 3, any alignment and tensors in any order are read") {
  Files files;
  files.check_accepted(GgufBytes().bytes());
  files.check_accepted(GgufBytes(2).tensor("w", {1}, 0, "1234").bytes());
  files.check_accepted(GgufBytes().alignment(1).tensor("w", {1}, 0, "1234").tensor("v", {3}, 24, "123").bytes());
  put(files.path, GgufBytes().alignment(1).tensor("v", {1}, 1, "\1\2").tensor("w", {2}, 0, "12345678").bytes());
  CHECK(to_vector<float>(GgufReader(files.path).tensor("w")).size() == 2);
  files.check_accepted(GgufBytes().alignment(256).tensor("w", {1}, 0, "1234").tensor("v", {1}, 0, "1234").bytes());
  files.check_accepted(GgufBytes().tensor("w", {}, 0, "1234").tensor("none", {0, 5}, 0, "").bytes());
  files.check_accepted(GgufBytes().tensor("b", {1}, 0, "1234", 32).tensor("a", {1}, 0, "1234", 0).bytes());
  // A nested list.
  const std::string inner = le(4, 4) + le(1, 8) + le(9, 4);
  files.check_accepted(GgufBytes().key("k", array_value(9, {inner, inner})).bytes());
  CHECK(GgufReader(files.path).value("k") == Json::Array{Json::Array{9}, Json::Array{9}});
}

TEST_CASE("GGUF: other versions, big-endian files and other files are refused by name") {
  Files files;
  files.check_refused("", "GGUF");
  files.check_refused("GGU", "GGUF");
  files.check_refused("GGML" + std::string(60, '\0'), "is no GGUF file");
  files.check_refused(GgufBytes(1).bytes(), "version 1");
  files.check_refused(GgufBytes(4).bytes(), "version 4");
  files.check_refused(GgufBytes(0x03000000).bytes(), "big-endian");
  CHECK_THAT(error_of([&] { GgufReader(files.folder.path()); }), ContainsSubstring("folder"));
  CHECK_THAT(error_of([&] { GgufReader("/dev/zero"); }), ContainsSubstring("/dev/zero"));
}

TEST_CASE("GGUF: damaged and lying files are refused before anything is allocated") {
  Files files;
  const std::size_t peak_before = memory_stats(cpu).peak;
  const std::uint64_t huge = UINT64_MAX;
  // Counts and lengths.
  files.check_refused("GGUF" + le(3, 4) + le(huge, 8) + le(0, 8), "tensors");
  files.check_refused("GGUF" + le(3, 4) + le(0, 8) + le(huge, 8), "keys");
  files.check_refused("GGUF" + le(3, 4) + le(0, 8) + le(1, 8) + le(huge, 8) + "abcdefgh", "key's name");
  files.check_refused(GgufBytes().key("k", le(8, 4) + le(huge, 8)).bytes(), "\"k\"");
  for (const std::uint64_t count : {huge, huge / 4 + 2, std::uint64_t{1} << 62, std::uint64_t{100}})
    for (const std::uint64_t kind : {0, 4, 7, 8, 9, 12})
      files.check_refused(GgufBytes().key("k", le(9, 4) + le(kind, 4) + le(count, 8)).bytes(), "\"k\"");
  // Kinds and values.
  files.check_refused(GgufBytes().key("k", le(13, 4)).bytes(), "13");
  files.check_refused(GgufBytes().key("k", le(9, 4) + le(99, 4) + le(0, 8)).bytes(), "99");
  files.check_refused(GgufBytes().key("k", le(7, 4) + "\2").bytes(), "truth value");
  files.check_refused(GgufBytes().key("k", text_value("a\xff")).bytes(), "UTF-8");
  files.check_refused(GgufBytes().key("k\xc0\xaf", u32_value(1)).bytes(), "UTF-8");
  files.check_refused(GgufBytes().key("k", array_value(8, {string_bytes("\xff")})).bytes(), "UTF-8");
  files.check_refused(GgufBytes().key("", u32_value(1)).bytes(), "0 bytes");
  files.check_refused(GgufBytes().key(std::string(70000, 'k'), u32_value(1)).bytes(), "70000");
  files.check_refused(GgufBytes().key("k", u32_value(1)).key("k", u32_value(1)).bytes(), "\"k\" stands there twice");
  for (const std::uint64_t alignment : {0, 3, 48})
    files.check_refused(GgufBytes().key("general.alignment", u32_value(alignment)).bytes(), "power of two");
  files.check_refused(GgufBytes().key("general.alignment", text_value("32")).bytes(), "power of two");
  // Tensors.
  auto one = [](std::vector<std::uint64_t> dims, std::uint32_t type, std::uint64_t offset, std::size_t data) {
    return GgufBytes().tensor("w", std::move(dims), type, std::string(data, '\0'), offset).bytes();
  };
  files.check_refused(one({1, 1, 1, 1, 1}, 0, 0, 4), "5 dimensions");
  files.check_refused(one({1}, 4, 0, 4), "type with the number 4");
  files.check_refused(one({1}, 1000, 0, 4), "Q4_K");
  files.check_refused(one({16}, 8, 0, 34), "blocks of 32");
  files.check_refused(one({32, 32}, 12, 0, 144), "blocks of 256");
  files.check_refused(one({9}, 0, 0, 4), "do not lie in");
  files.check_refused(one({1}, 0, 4, 4), "alignment");
  files.check_refused(one({1}, 0, 32, 36), "hole");
  files.check_refused(one({1}, 0, huge - 31, 4), "do not lie in");
  files.check_refused(one({1}, 0, std::uint64_t{1} << 63, 4), "do not lie in");
  files.check_refused(one({1}, 0, 0, 33), "take 4 bytes, but the file has 64");
  for (const std::vector<std::uint64_t>& dims :
       std::vector<std::vector<std::uint64_t>>{{huge},
                                               {std::uint64_t{1} << 63},
                                               {std::uint64_t{1} << 62},
                                               {std::uint64_t{1} << 32, std::uint64_t{1} << 32},
                                               {std::uint64_t{1} << 32, std::uint64_t{1} << 32, 0},
                                               {0, std::uint64_t{1} << 32, std::uint64_t{1} << 32},
                                               {3037000500, 3037000500},
                                               {std::uint64_t{1} << 31, std::uint64_t{1} << 31, 2, 2}})
    files.check_refused(one(dims, 0, 0, 4), "overflows");
  files.check_refused(one({std::uint64_t{1} << 40}, 0, 0, 4), "do not lie in");
  files.check_refused(GgufBytes().tensor("w", {1}, 0, "1234").tensor("w", {1}, 0, "1234").bytes(),
                      "\"w\" stands there");
  files.check_refused(GgufBytes().tensor("w\xff", {1}, 0, "1234").bytes(), "UTF-8");
  files.check_refused(GgufBytes().tensor("", {1}, 0, "1234").bytes(), "0 bytes");
  files.check_refused(GgufBytes().tensor("a", {1}, 0, "1234", 0).tensor("b", {1}, 0, "1234", 0).bytes(), "overlaps");
  files.check_refused(GgufBytes().tensor("a", {9}, 0, std::string(36, '\0'), 0).tensor("b", {1}, 0, "1234", 32).bytes(),
                      "overlaps");
  files.check_refused(GgufBytes().tensor("a", {1}, 0, std::string(64, 0), 0).tensor("b", {1}, 0, "1234", 64).bytes(),
                      "hole");
  CHECK(memory_stats(cpu).peak == peak_before);
}

TEST_CASE("GGUF: types that are not read are refused when the tensor is asked for, listing those that are") {
  Files files;
  put(files.path, GgufBytes().tensor("iq", {32}, 20, std::string(18, '\0')).tensor("w", {1}, 0, "1234").bytes());
  const GgufReader file(files.path);
  CHECK(file.tensor("w").numel() == 1);
  CHECK(file.type("iq") == "IQ4_NL");
  CHECK_THAT(error_of([&] { file.tensor("iq"); }),
             ContainsSubstring("\"iq\"") && ContainsSubstring("IQ4_NL") &&
                 ContainsSubstring("F32, F16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K"));
}

TEST_CASE("GGUF: lists nested too deep are refused without exhausting the stack") {
  Files files;
  std::string nested = le(9, 4);
  for (int i = 0; i < 100'000; ++i) nested += le(9, 4) + le(1, 8);
  files.check_refused(GgufBytes().key("k", nested).bytes(), "deeper");
}

TEST_CASE("GGUF: a file that is cut off anywhere is refused") {
  Files files;
  const std::string whole = small_file();
  put(files.path, whole);
  REQUIRE_NOTHROW(read_all(files.path));
  // The last tensor's padding may be absent.
  const std::size_t padding = 64 - 34;
  for (std::size_t size = 0; size < whole.size() - padding; ++size) {
    INFO(size);
    put(files.path, whole.substr(0, size));
    CHECK_THAT(error_of([&] { read_all(files.path); }), ContainsSubstring(files.path));
  }
  for (std::size_t size = whole.size() - padding; size <= whole.size(); ++size) {
    put(files.path, whole.substr(0, size));
    CHECK_NOTHROW(read_all(files.path));
  }
  files.check_refused(whole + '\0', "bytes");
}

TEST_CASE("GGUF: thousands of damaged files either load or are refused") {
  TemporaryFolder folder;
  double sum = 0;
  const int refused = read_damaged(small_file(), folder / "damaged", 5000, [&](const std::string& path) {
    try {
      sum += read_all(path);
    } catch (const Error& error) {
      // A number that is not finite has no JSON.
      if (std::string(error.what()).find("finite") == std::string::npos) throw;
    }
  });
  CHECK(refused > 1000);
  CHECK(refused < 5000);
}
