// Numbers as colors.
#include "../../../../nn/plot/color_map.h"

#include <cmath>
#include <limits>

#include "../../../catch.h"
#include "ops/creation.h"
#include "ops/view.h"

using namespace adora;

namespace {

std::vector<double> pixel(const Tensor& picture, std::int64_t column) {
  return to_vector<double>(select(select(picture, 1, 0), 1, column));
}

}  // namespace

TEST_CASE("a color map goes from blue through gray to orange, and stays at its ends beyond them") {
  const Tensor x = tensor<double>({-5, -1, 0, 1, 5, 0.5});
  const Tensor picture = color_map(reshape(x, {1, 6}), -1, 1);
  REQUIRE(picture.shape() == Shape{3, 1, 6});
  const auto low = pixel(picture, 0), middle = pixel(picture, 2), high = pixel(picture, 4);
  CHECK(low[2] > 2 * low[0]);
  CHECK(high[0] > 2 * high[2]);
  CHECK(middle[0] == middle[1]);
  CHECK(middle[1] == middle[2]);
  CHECK(pixel(picture, 1) == low);
  CHECK(pixel(picture, 3) == high);
  for (const double level : to_vector<double>(picture)) CHECK((level >= 0 && level <= 1));
  CHECK(pixel(picture, 5)[0] > pixel(picture, 5)[2]);
}

TEST_CASE("without bounds a color map reaches from the smallest to the largest number") {
  const Tensor x = reshape(arange(4), {2, 2});
  CHECK(to_vector<float>(color_map(x)) == to_vector<float>(color_map(x, 0, 3)));
  const Tensor equal = full({2, 2}, 7);
  CHECK(to_vector<float>(color_map(equal)) == to_vector<float>(color_map(zeros({2, 2}), -1, 1)));
}

TEST_CASE("a color map leaves NaN to be black and refuses bounds without extent") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(pixel(color_map(full({1, 1}, nan), 0, 1), 0)[0]));
  CHECK_THROWS_WITH(color_map(zeros({2, 2}), 1, 1), ContainsSubstring("color_map"));
  CHECK_THROWS_WITH(color_map(zeros({2, 2}), 0, nan), ContainsSubstring("color_map"));
  CHECK_THROWS_WITH(color_map(zeros({2}), 0, 1), ContainsSubstring("[height, width]"));
  CHECK_THROWS_WITH(color_map(zeros({0, 2})), ContainsSubstring("no numbers"));
  CHECK_THROWS_WITH(color_map(full({1, 2}, nan)), ContainsSubstring("color_map"));
}
