// Pictures that Pillow has written (files/make.py), our own, and damaged ones.
#include "../../../../nn/io/image.h"

#include <cmath>
#include <limits>

#include "../../../catch.h"
#include "../../../files.h"
#include "ops/arithmetic.h"
#include "ops/creation.h"
#include "ops/view.h"

using namespace adora;
using adora::test::TemporaryFolder;

namespace {

const std::string files = std::string(ADORA_SOURCE_ROOT) + "/tests/unit/nn/io/files/";

std::vector<int> pixel(const Tensor& picture, std::int64_t row, std::int64_t column) {
  return to_vector<int>(select(select(picture, 1, row), 1, column));
}

}  // namespace

TEST_CASE("a PNG's pixels are read as they are, those of a palette and gray ones too") {
  for (const std::string name : {"colors.png", "palette.png"}) {
    const Tensor x = read_image(files + name);
    CHECK(x.dtype() == uint8);
    REQUIRE(x.shape() == Shape{3, 2, 4});
    CHECK(pixel(x, 0, 0) == std::vector<int>{255, 0, 0});
    CHECK(pixel(x, 0, 2) == std::vector<int>{0, 0, 255});
    CHECK(pixel(x, 1, 2) == std::vector<int>{128, 128, 128});
    CHECK(pixel(x, 1, 3) == std::vector<int>{9, 200, 77});
  }
  const Tensor gray = read_image(files + "gray.png");
  REQUIRE(gray.shape() == Shape{1, 2, 4});
  CHECK(to_vector<int>(gray) == std::vector<int>{0, 255, 0, 255, 0, 10, 128, 200});
}

TEST_CASE("a JPEG's colors are read about as they were") {
  const Tensor x = read_image(files + "colors.jpeg");
  REQUIRE(x.shape() == Shape{3, 16, 24});
  const std::vector<std::vector<int>> colors = {{200, 30, 30}, {20, 180, 60}, {90, 90, 90}};
  for (std::int64_t column = 0; column < 24; ++column) {
    const std::vector<int> found = pixel(x, column % 16, column),
                           expected = colors[static_cast<std::size_t>(column / 8)];
    for (std::size_t c = 0; c < 3; ++c) CHECK(std::abs(found[c] - expected[c]) < 12);
  }
  CHECK(read_image(files + "gray.jpg").shape() == Shape{1, 16, 24});
  CHECK_THROWS_WITH(read_image(files + "print.jpg"), ContainsSubstring("CMYK"));
  CHECK_THROWS_WITH(read_image(files + "float32.npy"), ContainsSubstring("neither a PNG nor a JPEG"));
}

TEST_CASE("what is written as PNG is read again; floating numbers go from black to white") {
  TemporaryFolder folder;
  const Tensor x = read_image(files + "colors.png");
  write_png(folder / "x.png", x);
  CHECK(to_vector<int>(read_image(folder / "x.png")) == to_vector<int>(x));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  write_png(folder / "x.png", tensor<double>({0, 1, 0.5, -3, 7, nan, 100 / 255.0, 0.999}, {2, 4}));
  CHECK(to_vector<int>(read_image(folder / "x.png")) == std::vector<int>{0, 255, 128, 0, 255, 0, 100, 255});
  CHECK_THROWS_WITH(write_png(folder / "x.png", zeros({2, 3, 4})),
                    ContainsSubstring("write_png") && ContainsSubstring("[3, height, width]"));
  CHECK_THROWS_WITH(write_png(folder / "x.png", zeros({3, 4}, int64)),
                    ContainsSubstring("write_png") && ContainsSubstring("int64"));
}

TEST_CASE("pictures stand side by side in a grid") {
  const Tensor x = reshape(arange(12, float32) + 1, {3, 1, 2, 2});
  CHECK(to_vector<int>(image_grid(x, 2, 1)) == std::vector<int>{1, 2,  0, 5, 6, 3,  4,  0, 7, 8, 0, 0, 0, 0, 0,  //
                                                                9, 10, 0, 0, 0, 11, 12, 0, 0, 0});
  CHECK(image_grid(x, 8, 0).shape() == Shape{1, 2, 6});
  CHECK_THROWS_WITH(image_grid(x, 0), ContainsSubstring("image_grid"));
}

TEST_CASE("thousands of damaged pictures are either read or refused with the file's name") {
  TemporaryFolder folder;
  std::int64_t pixels = 0;
  for (const std::string name : {"colors.png", "palette.png", "gray.png", "colors.jpeg", "gray.jpg"}) {
    CHECK(test::read_damaged(test::bytes_of(files + name), folder / name, 1000,
                             [&](const std::string& path) { pixels += read_image(path).numel(); }) > 100);
  }
  CHECK(pixels > 0);
}
