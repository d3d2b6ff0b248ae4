#include "../../../../nn/io/safetensors.h"

#include <cmath>
#include <cstring>
#include <set>

#include "../../../../ops/creation.h"
#include "../../../../ops/view.h"
#include "../../../files.h"

using namespace adora;
using namespace adora::test;

namespace {

/// A file with this header and so many bytes of data.
std::string file_of(const std::string& header, std::size_t data = 0) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(header.size() >> (8 * i));
  bytes += header;
  for (std::size_t i = 0; i < data; ++i) bytes += static_cast<char>(i);
  return bytes;
}

std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

struct Files {
  TemporaryFolder folder;
  std::string path = folder / "x.safetensors";

  void check_accepted(const std::string& header, std::size_t data = 0) {
    INFO(header.substr(0, 200));
    put(path, file_of(header, data));
    CHECK_NOTHROW(read_safetensors(path));
  }
  void check_refused(const std::string& header, std::size_t data, const std::string& why) {
    check_refused(file_of(header, data), why);
  }
  void check_refused(const std::string& bytes, const std::string& why) {
    INFO(bytes.substr(0, 200));
    put(path, bytes);
    std::string error = error_of([&] { SafetensorsReader file(path); });
    CHECK_THAT(error, ContainsSubstring(path));
    CHECK_THAT(error, ContainsSubstring(why));
  }
};

}  // namespace

TEST_CASE("safetensors: what is written is read back, of every dtype and shape") {
  TemporaryFolder folder;
  std::string path = folder / "all.safetensors";
  StateDict tensors = {
      {"float32", tensor(std::vector<float>{1, -2.5f, INFINITY, 0}, {2, 2})},
      {"float64", tensor(std::vector<double>{1e300, -0.1}, {2})},
      {"bfloat16", tensor(std::vector<bf16>{bf16(1.5f), bf16(-3)}, {1, 2, 1})},
      {"float16", tensor(std::vector<f16>{f16(0.25f), f16(65504)}, {2})},
      {"int64", tensor(std::vector<std::int64_t>{INT64_MIN, 7, INT64_MAX}, {3})},
      {"int32", tensor(std::vector<std::int32_t>{-5}, Shape{})},
      {"uint8", tensor(std::vector<std::uint8_t>{0, 255, 3}, {3})},
      {"empty", empty({0, 4}, float16)},
      {"a \"strange\" näme\n", tensor(std::vector<std::uint8_t>{9}, {1})},
  };
  tensors["bool"] = to(tensor<std::uint8_t>({1, 0, 1}), boolean);
  write_safetensors(path, tensors, {{"format", "pt"}, {"note", "ä \"b\" \\"}});

  SafetensorsReader file(path);
  CHECK(file.names().size() == tensors.size());
  CHECK(file.metadata() == std::map<std::string, std::string>{{"format", "pt"}, {"note", "ä \"b\" \\"}});
  for (const auto& [name, x] : tensors) {
    INFO(name);
    Tensor y = file.tensor(name);
    REQUIRE(y.dtype() == x.dtype());
    REQUIRE(y.shape() == x.shape());
    std::size_t bytes = static_cast<std::size_t>(x.numel()) * size_of(x.dtype());
    CHECK((bytes == 0 || std::memcmp(to(x, cpu).raw(), y.raw(), bytes) == 0));
  }
  CHECK(file.dtype("bfloat16") == "BF16");
  CHECK(file.shape("bfloat16") == Shape{1, 2, 1});
  CHECK_THAT(error_of([&] { file.tensor("absent"); }), ContainsSubstring("absent"));
}

TEST_CASE("safetensors: the writer puts the widest types first, sorts names within a type and pads the header with blanks to 8") {
  TemporaryFolder folder;
  const std::string path = folder / "x.safetensors";
  const StateDict tensors{
      {"a", tensor<float>({1, 2})}, {"b", tensor<std::uint8_t>({7, 8, 9})}, {"c", tensor<double>({3})}};
  write_safetensors(path, tensors, {{"z", "1"}, {"format", "pt"}});
  std::string header = R"({"__metadata__": {"format": "pt", "z": "1"}, )"
                       R"("c": {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}, )"
                       R"("a": {"dtype": "F32", "shape": [2], "data_offsets": [8, 16]}, )"
                       R"("b": {"dtype": "U8", "shape": [3], "data_offsets": [16, 19]}})";
  header.append((8 - header.size() % 8) % 8, ' ');
  std::string data(19, '\0');
  const double c = 3;
  const float a[] = {1, 2};
  std::memcpy(data.data(), &c, 8);
  std::memcpy(data.data() + 8, a, 8);
  data.replace(16, 3, "\7\10\11");
  const std::string expected = file_of(header) + data;
  CHECK(bytes_of(path) == expected);

  std::set<std::size_t> blanks;
  for (std::size_t length = 1; length <= 8; ++length) {
    write_safetensors(path, {{std::string(length, 'n'), tensor<float>({1})}});
    const std::string bytes = bytes_of(path);
    const auto size = static_cast<std::size_t>(static_cast<unsigned char>(bytes[0]));
    CHECK(size % 8 == 0);
    CHECK(bytes.size() == 8 + size + 4);
    const std::size_t end = bytes.rfind('}', 8 + size - 1);
    blanks.insert(8 + size - 1 - end);
    CHECK(bytes.substr(end + 1, 8 + size - 1 - end) == std::string(8 + size - 1 - end, ' '));
  }
  CHECK(blanks == std::set<std::size_t>{0, 1, 2, 3, 4, 5, 6, 7});
  put(path, "");
  write_safetensors(path, {});
  CHECK(bytes_of(path) == file_of("{}      "));
}

TEST_CASE("safetensors: tensors are written row by row whatever their strides") {
  TemporaryFolder folder;
  std::string path = folder / "strides.safetensors";
  Tensor x = tensor(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3});
  write_safetensors(path, {{"transposed", transpose(x)}, {"column", slice(x, 1, 1, 2)}});
  CHECK(to_vector<float>(read_safetensors(path)["transposed"]) == std::vector<float>{1, 4, 2, 5, 3, 6});
  CHECK(to_vector<float>(read_safetensors(path)["column"]) == std::vector<float>{2, 5});
}

TEST_CASE("safetensors: aligned tensors lie in the mapped file, which their changes do not reach") {
  TemporaryFolder folder;
  std::string path = folder / "mapped.safetensors";
  write_safetensors(path, {{"x", tensor(std::vector<float>{1, 2, 3}, {3})}});
  std::size_t before = memory_stats(cpu).current;
  Tensor x = read_safetensors(path)["x"];
  CHECK(memory_stats(cpu).current == before);
  x.data<float>()[1] = 20;
  CHECK(to_vector<float>(x) == std::vector<float>{1, 20, 3});
  CHECK(to_vector<float>(read_safetensors(path)["x"]) == std::vector<float>{1, 2, 3});
  std::filesystem::remove(path);
  CHECK(to_vector<float>(x) == std::vector<float>{1, 20, 3});
}

TEST_CASE("safetensors: tensors that are not aligned are copied, and odd truth values made plain") {
  TemporaryFolder folder;
  std::string path = folder / "odd.safetensors";
  std::string header = "{\"b\":" + entry("BOOL", "[3]", "[0,3]") + ",\"f\":" + entry("F32", "[1]", "[3,7]") + "}";
  std::string bytes = file_of(header) + std::string("\0\1\7", 3);
  float value = 1.25f;
  bytes.append(reinterpret_cast<const char*>(&value), 4);
  put(path, bytes);
  StateDict read = read_safetensors(path);
  CHECK(to_vector<float>(read["b"]) == std::vector<float>{0, 1, 1});
  CHECK(to_vector<float>(read["f"]) == std::vector<float>{1.25f});
}

TEST_CASE("safetensors: what the format allows is accepted") {
  Files files;
  files.check_accepted("{}");
  files.check_accepted("  \n {} \t\r\n ");
  files.check_accepted(R"({"__metadata__":{}})");
  files.check_accepted(R"({"__metadata__":null})");
  files.check_accepted("{\"a\":" + entry("U8", "[9223372036854775807,0]", "[0,0]") + "}");
  files.check_accepted(R"({"__metadata__":{"a":"b"}})");
  files.check_accepted("{\"a\":" + entry("F32", "[]", "[0,4]") + "}", 4);
  files.check_accepted("{\"a\":" + entry("F32", "[0]", "[0,0]") + "}");
  files.check_accepted("{\"a\":" + entry("F32", "[3,0,5]", "[0,0]") + ",\"b\":" + entry("U8", "[0]", "[0,0]") + "}");
  files.check_accepted("{\"z\":" + entry("U8", "[2]", "[0,2]") + ",\"e\":" + entry("U8", "[0]", "[2,2]") +
                           ",\"a\":" + entry("U8", "[3]", "[2,5]") + "}",
                       5);
  files.check_accepted("{\"b\":" + entry("F16", "[2]", "[4,8]") + ",\"a\":" + entry("I32", "[1]", "[0,4]") + "}   ", 8);
  files.check_accepted(
      R"({"a":{"shape":[2],"extra":{"x":[1,{"dtype":[2]}]},"dtype":"U8","more":null,"data_offsets":[0,2]}})", 2);
  files.check_accepted(R"({"a\u0062\ud83d\ude00":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1);
}

TEST_CASE("safetensors: damaged and lying files are refused before anything is allocated") {
  Files files;
  std::size_t peak_before = memory_stats(cpu).peak;
  files.check_refused("", "0 bytes");
  files.check_refused("1234567", "7 bytes");
  files.check_refused(std::string("\xff\xff\xff\xff\xff\xff\xff\xff", 8) + "{}", "18446744073709551615");
  files.check_refused(std::string("\x01\xe1\xf5\x05\0\0\0\0", 8) + "{}", "100000001");
  files.check_refused(std::string("\x03\0\0\0\0\0\0\0", 8) + "{}", "cut off");
  files.check_refused(std::string(8, '\0'), "JSON");
  for (const char* header : {"", " ", "{", "}", "{}}", "{}{}", "{} x", "[]", "null", "1", "\"a\"", "nan", "{\"a\"}",
                             "{\"a\":}", "{,}", "{'a':1}", "\xEF\xBB\xBF{}", "{\"\xff\":1}", "{\"a\xc0\xaf\":1}"}) {
    files.check_refused(header, 0, "");
  }
  files.check_refused(R"({"a":1})", 0, "must be an object");
  files.check_refused(R"({"a":null})", 0, "must be an object");
  files.check_refused(R"({"a":{}})", 0, "missing");
  files.check_refused(R"({"a":{"dtype":"F32","shape":[1]}})", 4, "data_offsets is missing");
  files.check_refused(R"({"a":{"dtype":"F32","data_offsets":[0,4]}})", 4, "shape is missing");
  files.check_refused(R"({"a":{"shape":[1],"data_offsets":[0,4]}})", 4, "dtype is missing");
  files.check_refused(R"({"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4,
                      "dtype stands twice");
  files.check_refused(R"({"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}})", 4, "shape stands twice");
  files.check_refused(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"data_offsets":[0,4]}})", 4,
                      "data_offsets stands twice");
  std::string one = entry("F32", "[1]", "[0,4]");
  files.check_refused("{\"a\":" + one + ",\"a\":" + one + "}", 4, "\"a\" stands twice");
  files.check_refused("{\"a\":" + one + ",\"\\u0061\":" + one + "}", 4, "\"a\" stands twice");
  for (const char* metadata :
       {"1", "[]", "\"a\"", R"({"a":1})", R"({"a":null})", R"({"a":{}})", R"({"a":["b"]})", R"({"a":"b","a":"c"})"}) {
    files.check_refused(std::string("{\"__metadata__\":") + metadata + "}", 0, "__metadata__");
  }
  files.check_refused(R"({"__metadata__":{},"__metadata__":{}})", 0, "twice");
  for (const char* dtype : {"f32", "F31", "", "F32 ", "float32", "FP32", "F128"}) {
    files.check_refused("{\"a\":" + entry(dtype, "[1]", "[0,4]") + "}", 4, "dtype");
  }
  files.check_refused(R"({"a":{"dtype":1,"shape":[1],"data_offsets":[0,4]}})", 4, "dtype");
  for (const char* shape : {"1", "null", "{}", "\"1\"", "[-1]", "[1.0]", "[1e0]", "[-0]", "[null]", "[[1]]", "[\"1\"]",
                            "[true]", "[1.5]"}) {
    files.check_refused("{\"a\":" + entry("F32", shape, "[0,4]") + "}", 4, "shape");
  }
  for (const char* offsets : {"4", "null", "[]", "[4]", "[0,4,4]", "[0,-4]", "[-0,4]", "[0,4.0]", "[\"0\",4]",
                              "[[0,4]]", "[0,18446744073709551620]", "{\"0\":4}"}) {
    files.check_refused("{\"a\":" + entry("F32", "[1]", offsets) + "}", 4, "data_offsets");
  }
  files.check_refused("{\"a\":" + entry("F32", "[1]", "[4,0]") + "}", 4, "data_offsets");
  files.check_refused("{\"a\":" + entry("F32", "[1]", "[4,8]") + "}", 8, "hole");
  files.check_refused("{\"a\":" + entry("F32", "[1]", "[0,4]") + ",\"b\":" + entry("F32", "[1]", "[8,12]") + "}", 12,
                      "hole");
  files.check_refused("{\"a\":" + entry("F32", "[2]", "[0,8]") + ",\"b\":" + entry("F32", "[1]", "[4,8]") + "}", 8,
                      "overlaps");
  files.check_refused("{\"a\":" + entry("F32", "[1]", "[0,4]") + ",\"b\":" + entry("F32", "[1]", "[0,4]") + "}", 4,
                      "overlaps");
  files.check_refused("{\"a\":" + entry("U8", "[0]", "[1,1]") + "}", 1, "hole");
  files.check_refused("{\"a\":" + entry("F32", "[1]", "[0,8]") + "}", 8, "span");
  files.check_refused("{\"a\":" + entry("F32", "[3]", "[0,8]") + "}", 8, "span");
  files.check_refused("{\"a\":" + one + "}", 3, "data_offsets");
  files.check_refused("{\"a\":" + one + "}", 5, "5");
  files.check_refused("{}", 1, "1");
  for (const char* shape :
       {"[9223372036854775807]", "[9223372036854775808]", "[18446744073709551615]", "[4294967296,4294967296]",
        "[4294967296,4294967296,0]", "[0,4294967296,4294967296]", "[4294967296,0,4294967296]", "[18446744073709551616]",
        "[4611686018427387905,4]", "[2305843009213693952]", "[3037000500,3037000500]", "[9223372036854775807,0]"}) {
    files.check_refused("{\"a\":" + entry("F32", shape, "[0,4]") + "}", 4, "shape");
  }
  files.check_refused("{\"a\":" + entry("F32", "[1]", "[18446744073709551612,18446744073709551615]") + "}", 4,
                      "data_offsets");
  files.check_refused("{\"a\":" + entry("F32", "[4611686018427387904,0]", "[0,0]") + "}", 0, "overflow");
  files.check_refused("{\"a\":" + entry("F4", "[1]", "[0,0]") + "}", 0, "span");
  files.check_refused(std::string("{}\0", 3), 0, "zero byte");
  CHECK(memory_stats(cpu).peak == peak_before);
}

TEST_CASE("safetensors: dtypes of the format that tensors cannot have are refused when the tensor is asked for") {
  TemporaryFolder folder;
  std::string path = folder / "foreign.safetensors";
  put(path, file_of("{\"a\":" + entry("F8_E4M3", "[4]", "[0,4]") + ",\"b\":" + entry("U8", "[1]", "[4,5]") +
                        ",\"c\":" + entry("U8", "[1,1,1,1,1,1,1,1,1]", "[5,6]") + "}",
                    6));
  SafetensorsReader file(path);
  CHECK(file.tensor("b").numel() == 1);
  CHECK_THAT(error_of([&] { file.tensor("a"); }), ContainsSubstring("F8_E4M3"));
  CHECK_THAT(error_of([&] { file.tensor("c"); }), ContainsSubstring("dimensions"));
}

TEST_CASE("safetensors: headers nested too deep are refused without exhausting the stack") {
  Files files;
  files.check_refused(std::string(1'000'000, '['), 0, "");
  std::string nested = R"({"a":{"extra":)" + std::string(1'000'000, '[');
  files.check_refused(nested, 0, "deeper");
  nested = R"({"a":{"extra":)";
  for (int i = 0; i < 300'000; ++i) nested += R"({"a":)";
  files.check_refused(nested, 0, "deeper");
}

TEST_CASE("safetensors: a folder, a missing file and a pipe are refused") {
  TemporaryFolder folder;
  CHECK_THAT(error_of([&] { SafetensorsReader(folder.path()); }), ContainsSubstring("folder"));
  CHECK_THAT(error_of([&] { SafetensorsReader(folder / "none"); }), ContainsSubstring("none"));
  CHECK_THAT(error_of([&] { SafetensorsReader("/dev/zero"); }), ContainsSubstring("/dev/zero"));
}

TEST_CASE("safetensors: thousands of damaged files either load or are refused") {
  TemporaryFolder folder;
  write_safetensors(folder / "valid",
                    {{"a.weight", tensor(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3})},
                     {"b", tensor(std::vector<std::int64_t>{1, 2}, {2})},
                     {"c", tensor(std::vector<bf16>{bf16(1), bf16(2), bf16(3)}, {3, 1})}},
                    {{"format", "pt"}});
  std::string valid = bytes_of(folder / "valid");
  double sum = 0;
  int refused = read_damaged(valid, folder / "damaged", 5000, [&](const std::string& path) {
    for (auto& [name, x] : read_safetensors(path)) {
      for (double value : to_vector<double>(x)) sum += value;
    }
  });
  CHECK(refused > 1000);
  CHECK(refused < 5000);
}
