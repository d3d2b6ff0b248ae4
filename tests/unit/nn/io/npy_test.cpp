// NumPy's files, those that NumPy itself has written (files/make.py) and damaged ones.
#include "../../../../nn/io/npy.h"

#include "../../../catch.h"
#include "../../../files.h"
#include "ops/arithmetic.h"
#include "ops/creation.h"
#include "ops/view.h"

using namespace adora;
using adora::test::TemporaryFolder;

namespace {

const std::string files = std::string(ADORA_SOURCE_ROOT) + "/tests/unit/nn/io/files/";

std::vector<double> numbers(const Tensor& x) { return to_vector<double>(x); }

}  // namespace

TEST_CASE("arrays that NumPy has written are read in either order of bytes and of elements") {
  const std::vector<double> quarters = {0, 0.25, 0.5, 0.75, 1, 1.25};
  CHECK(read_npy(files + "float32.npy").dtype() == float32);
  CHECK(read_npy(files + "float32.npy").shape() == Shape{2, 3});
  CHECK(numbers(read_npy(files + "float32.npy")) == quarters);
  CHECK(read_npy(files + "big_endian.npy").dtype() == float64);
  CHECK(numbers(read_npy(files + "big_endian.npy")) == quarters);
  CHECK(read_npy(files + "fortran.npy").shape() == Shape{2, 3});
  CHECK(read_npy(files + "fortran.npy").dtype() == int32);
  CHECK(numbers(read_npy(files + "fortran.npy")) == std::vector<double>{0, 1, 2, 3, 4, 5});
  CHECK(read_npy(files + "bool.npy").dtype() == boolean);
  CHECK(numbers(read_npy(files + "bool.npy")) == std::vector<double>{0, 1, 0, 1, 0, 1});
  CHECK(read_npy(files + "int16.npy").dtype() == int32);
  CHECK(numbers(read_npy(files + "int16.npy")) == std::vector<double>{-3, -2, -1, 0, 1, 2});
  CHECK(read_npy(files + "uint32.npy").dtype() == int64);
  CHECK(numbers(read_npy(files + "uint32.npy")) == std::vector<double>{0, 4294967295.0});
  CHECK(read_npy(files + "half.npy").shape() == Shape{});
  CHECK(item(read_npy(files + "half.npy")) == -1.5);
  CHECK(read_npy(files + "none.npy").shape() == Shape{0, 3});
}

TEST_CASE("an array of numbers that tensors can't have is refused by its type") {
  CHECK_THROWS_WITH(read_npy(files + "complex.npy"), ContainsSubstring("'<c8'") && ContainsSubstring("astype"));
  CHECK_THROWS_WITH(read_npy(files + "records.npy"), ContainsSubstring("records"));
  CHECK_THROWS_WITH(read_npy(files + "stored.npz"), ContainsSubstring("is no .npy file"));
}

TEST_CASE("what is written as .npy are the bytes that NumPy writes, and is read again, for every dtype") {
  TemporaryFolder folder;
  const Tensor quarters = to(reshape(arange(6), {2, 3}), float32) * 0.25;
  write_npy(folder / "x.npy", quarters);
  CHECK(test::bytes_of(folder / "x.npy") == test::bytes_of(files + "float32.npy"));
  write_npy(folder / "x.npy", full({}, -1.5, float16));
  CHECK(test::bytes_of(folder / "x.npy") == test::bytes_of(files + "half.npy"));
  write_npy(folder / "x.npy", zeros({0, 3}));
  CHECK(test::bytes_of(folder / "x.npy") == test::bytes_of(files + "none.npy"));
  for (const DType dtype : all_dtypes) {
    const Tensor x = to(reshape(arange(6), {2, 3}), dtype);
    if (dtype == bfloat16) {
      CHECK_THROWS_WITH(write_npy(folder / "x.npy", x),
                        ContainsSubstring("bfloat16") && ContainsSubstring("to(x, float32)"));
      continue;
    }
    write_npy(folder / "x.npy", transpose(x));
    CHECK(same_bits(read_npy(folder / "x.npy"), to(contiguous(transpose(x)), cpu)));
  }
}

TEST_CASE("archives of arrays are read as they are stored and compressed, and written as the same bytes each time") {
  const StateDict stored = read_npz(files + "stored.npz");
  REQUIRE(stored.size() == 2);
  CHECK(numbers(stored.at("x")) == std::vector<double>{0, 1, 2, 3, 4, 5});
  CHECK(stored.at("labels").dtype() == int64);
  CHECK(numbers(stored.at("labels")) == std::vector<double>{3, 1});
  CHECK(same_bits(read_npz(files + "compressed.npz").at("x"), zeros({40, 50}, float32, cpu)));
  TemporaryFolder folder;
  for (const std::string name : {"a.npz", "b.npz"}) write_npz(folder / name, stored);
  CHECK(test::bytes_of(folder / "a.npz") == test::bytes_of(folder / "b.npz"));
  const StateDict again = read_npz(folder / "a.npz");
  REQUIRE(again.size() == 2);
  for (const auto& [name, x] : stored) CHECK(same_bits(again.at(name), x));
  write_npz(folder / "none.npz", {});
  CHECK(read_npz(folder / "none.npz").empty());
  CHECK_THROWS_WITH(read_npz(files + "float32.npy"), ContainsSubstring("is no .npz file"));
}

TEST_CASE("thousands of damaged .npy and .npz files are either read or refused with the file's name") {
  TemporaryFolder folder;
  std::int64_t elements = 0;
  for (const std::string name : {"float32.npy", "fortran.npy", "half.npy"}) {
    CHECK(test::read_damaged(test::bytes_of(files + name), folder / name, 2000,
                             [&](const std::string& path) { elements += read_npy(path).numel(); }) > 1000);
  }
  for (const std::string name : {"stored.npz", "compressed.npz"}) {
    CHECK(test::read_damaged(test::bytes_of(files + name), folder / name, 2000, [&](const std::string& path) {
            for (const auto& [key, x] : read_npz(path)) elements += x.numel();
          }) > 1000);
  }
  CHECK(elements > 0);
}
