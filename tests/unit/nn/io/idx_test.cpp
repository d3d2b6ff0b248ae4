// MNIST's form of files (files/make.py).
#include "../../../../nn/io/idx.h"

#include "../../../catch.h"
#include "../../../files.h"

using namespace adora;
using adora::test::TemporaryFolder;

namespace {

const std::string files = std::string(ADORA_SOURCE_ROOT) + "/tests/unit/nn/io/files/";

}  // namespace

TEST_CASE("idx files are read, compressed or not, their numbers' highest byte first") {
  const Tensor images = read_idx(files + "images-idx3-ubyte.gz");
  CHECK(images.dtype() == uint8);
  CHECK(images.shape() == Shape{2, 2, 3});
  CHECK(to_vector<int>(images) == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  const Tensor shorts = read_idx(files + "shorts-idx1");
  CHECK(shorts.dtype() == int32);
  CHECK(to_vector<int>(shorts) == std::vector<int>{-2, 258, 32767});
}

TEST_CASE("thousands of damaged idx files are either read or refused with the file's name") {
  TemporaryFolder folder;
  std::int64_t elements = 0;
  for (const std::string name : {"images-idx3-ubyte.gz", "shorts-idx1"}) {
    CHECK(test::read_damaged(test::bytes_of(files + name), folder / name, 2000,
                             [&](const std::string& path) { elements += read_idx(path).numel(); }) > 500);
  }
  CHECK(elements > 0);
}
