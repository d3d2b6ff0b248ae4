#include "../../../../nn/io/gguf_writer.h"

#include <cmath>
#include <cstring>

#include "../../../../nn/finite.h"
#include "../../../../nn/io/gguf.h"
#include "../../../../ops/creation.h"
#include "../../../../ops/view.h"
#include "../../../files.h"

using namespace adora;
using namespace adora::test;

namespace {

const std::string blocks = std::string(ADORA_SOURCE_ROOT) + "/tests/unit/nn/io/files/blocks.gguf";

}  // namespace

TEST_CASE("GGUF: numbers are rounded to Q8_0 as Python's gguf package rounds them, bit for bit") {
  const GgufReader file(blocks);
  TemporaryFolder folder;
  const std::string path = folder / "q8.gguf";
  GgufWriter writer;
  writer.tensor("x", file.tensor("Q8_0.from"), "Q8_0");
  writer.write(path);
  const GgufReader read(path);
  CHECK(read.type("x") == "Q8_0");
  CHECK(same_bits(read.tensor("x"), file.tensor("Q8_0.made")));
  // The bytes too: the file's end is the blocks.
  const std::string bytes = bytes_of(path), original = bytes_of(blocks);
  const std::string written = bytes.substr(bytes.size() - 16 * 34);
  CHECK(original.find(written) != std::string::npos);
}

TEST_CASE("GGUF: what is written is read back, from any strides, and the same every time") {
  TemporaryFolder folder;
  const std::string path = folder / "x.gguf";
  const Tensor x = tensor(std::vector<float>{1, -2.5f, 0.1f, 65504, 6e-8f, 0}, {2, 3});
  GgufWriter writer;
  writer.u32("a.u32", 4294967295);
  writer.f32("a.f32", 0.1);
  writer.boolean("a.bool", true);
  writer.text("a.text", "ä \"b\"\n");
  writer.texts("a.texts", {"", "ö"});
  writer.f32s("a.f32s", {0.5f, -1});
  writer.i32s("a.i32s", {-7, 7});
  writer.copy("kind.uint64", GgufReader(blocks));
  for (const char* type : {"F32", "F16", "BF16", "F64"}) writer.tensor(type, x, type);
  writer.tensor("transposed", transpose(x), "F32");
  writer.tensor("scalar", tensor(std::vector<float>{3}, Shape{}), "F32");
  writer.tensor("none", empty({0, 4}), "F32");
  writer.write(path);
  const std::string bytes = bytes_of(path);
  writer.write(path);
  CHECK(bytes_of(path) == bytes);

  const GgufReader file(path);
  CHECK(file.value("a.u32") == Json(std::int64_t{4294967295}));
  CHECK(file.value("a.f32") == Json(static_cast<double>(0.1f)));
  CHECK(file.value("a.bool") == Json(true));
  CHECK(file.value("a.text") == Json("ä \"b\"\n"));
  CHECK(file.value("a.texts") == Json(Json::Array{"", "ö"}));
  CHECK(file.value("a.f32s") == Json(Json::Array{0.5, -1.0}));
  CHECK(file.value("a.i32s") == Json(Json::Array{-7, 7}));
  CHECK(file.value("kind.uint64") == Json(0x1p64));
  CHECK(same_bits(file.tensor("F32"), to(x, cpu)));
  for (const auto& [name, dtype] : {std::pair{"F16", float16}, {"BF16", bfloat16}, {"F64", float64}})
    CHECK(same_bits(file.tensor(name), to(to(x, dtype), cpu)));
  CHECK(to_vector<float>(file.tensor("transposed")) == std::vector<float>{1, 65504, -2.5f, 6e-8f, 0.1f, 0});
  CHECK(file.shape("transposed") == Shape{3, 2});
  CHECK(file.tensor("scalar").ndim() == 0);
  CHECK(file.shape("none") == Shape{0, 4});
}

TEST_CASE("GGUF: the writer refuses what no file can say, and leaves the old one") {
  TemporaryFolder folder;
  const std::string path = folder / "x.gguf";
  GgufWriter writer;
  writer.u32("a", 1);
  CHECK_THAT(error_of([&] { writer.u32("a", 2); }), ContainsSubstring("a is there already"));
  CHECK_THAT(error_of([&] { writer.u32("b", -1); }), ContainsSubstring("-1"));
  CHECK_THAT(error_of([&] { writer.text("c", "\xff"); }), ContainsSubstring("UTF-8"));
  CHECK_THAT(error_of([&] { writer.tensor("w", zeros({2, 31}), "Q8_0"); }), ContainsSubstring("blocks of 32"));
  CHECK_THAT(error_of([&] { writer.tensor("w", zeros({2, 32}), "Q4_K"); }), ContainsSubstring("Q4_K"));
  CHECK_THAT(error_of([&] { writer.tensor("w", zeros({2}, int64), "F32"); }), ContainsSubstring("int64"));
  CHECK_THAT(error_of([&] { writer.tensor("w", empty({2}, float32, meta), "F32"); }), ContainsSubstring("no numbers"));
  put(path, "old");
  auto refused = [&](const Tensor& x, const std::string& type, const std::string& why) {
    GgufWriter one;
    one.tensor("w", x, type);
    CHECK_THAT(error_of([&] { one.write(path); }), ContainsSubstring(why) && ContainsSubstring("w"));
    CHECK(bytes_of(path) == "old");
  };
  refused(tensor(std::vector<float>{NAN}, {1}), "F32", "not finite");
  refused(tensor(std::vector<float>{70000}, {1}), "F16", "not finite");
  refused(full({32}, 1e7), "Q8_0", "Q8_0");
}
