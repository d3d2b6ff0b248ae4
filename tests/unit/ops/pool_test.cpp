#include <cmath>
#include <limits>

#include "../../refused.h"

using namespace adora;

namespace {

using Numbers = std::vector<double>;
constexpr double inf = std::numeric_limits<double>::infinity();
const double not_a_number = std::nan("");

Tensor row(const Numbers& numbers) { return tensor(numbers, {1, 1, static_cast<std::int64_t>(numbers.size())}); }

std::vector<std::int64_t> places(const Numbers& numbers, const Shape& kernel, const MaxPoolOptions& options = {}) {
  return to_vector<std::int64_t>(max_pool1d_with_indices(row(numbers), kernel, options).indices);
}

}  // namespace

TEST_CASE("the largest of equal numbers is the first, of NaNs the last, and of -inf the first in the image") {
  CHECK(places({1, 3, 3, 2}, {4}) == std::vector<std::int64_t>{1});
  CHECK(places({1, not_a_number, not_a_number, 2}, {4}) == std::vector<std::int64_t>{2});
  CHECK(places({-inf, -inf}, {2}, {.stride = {1}, .padding = {1}}) == std::vector<std::int64_t>{0, 0, 1});
  const Numbers values = to_vector<double>(max_pool1d(row({1, not_a_number, 2, 3, -inf, -inf}), {2}));
  CHECK(std::isnan(values[0]));
  CHECK(values[1] == 3);
  CHECK(values[2] == -inf);
}

TEST_CASE("indices count the places of a plane, and the gradient goes there") {
  const Tensor x = requires_grad(reshape(tensor<double>({1, 5, 2, 0, 4, 3, 9, 7, 8}), {1, 3, 3}));
  const auto [values, indices] = max_pool2d_with_indices(x, {2}, {.stride = {1}});
  CHECK(to_vector<double>(values) == Numbers{5, 5, 9, 8});
  CHECK(to_vector<std::int64_t>(indices) == std::vector<std::int64_t>{1, 1, 6, 8});
  backward(values, reshape(tensor<double>({1, 10, 100, 1000}), {1, 2, 2}));
  CHECK(to_vector<double>(grad(x)) == Numbers{0, 11, 0, 0, 0, 0, 100, 0, 1000});
}

TEST_CASE("rounding up adds a window, but none that begins behind the image") {
  CHECK(max_pool1d(zeros({1, 1, 5}), {2}).size(2) == 2);
  CHECK(max_pool1d(zeros({1, 1, 5}), {2}, {.ceil_mode = true}).size(2) == 3);
  CHECK(max_pool1d(zeros({1, 1, 4}), {2}, {.stride = {3}, .padding = {1}, .ceil_mode = true}).size(2) == 2);
  CHECK(max_pool1d(zeros({1, 1, 3}), {1}, {.stride = {3}, .ceil_mode = true}).size(2) == 1);
  CHECK(max_pool1d(row({1, 2, 4}), {2}, {.dilation = {2}}).size(2) == 1);
}

TEST_CASE("a mean counts the padding or not, and takes another divisor") {
  const Tensor x = row({2, 4, 6});
  CHECK(to_vector<double>(avg_pool1d(x, {2}, {.stride = {1}, .padding = {1}})) == Numbers{1, 3, 5, 3});
  CHECK(to_vector<double>(avg_pool1d(x, {2}, {.stride = {1}, .padding = {1}, .count_include_pad = false})) ==
        Numbers{2, 3, 5, 6});
  CHECK(to_vector<double>(avg_pool1d(x, {2}, {.ceil_mode = true})) == Numbers{3, 6});
  CHECK(to_vector<double>(avg_pool1d(x, {3}, {.divisor_override = 2})) == Numbers{6});
}

TEST_CASE("adaptive windows go from the floor to the ceiling of their shares") {
  const Tensor x = row({1, 2, 4, 8, 16});
  CHECK(to_vector<double>(adaptive_avg_pool1d(x, {2})) == Numbers{7.0 / 3, 28.0 / 3});
  CHECK(to_vector<double>(adaptive_max_pool1d(x, {3})) == Numbers{2, 8, 16});
  CHECK(to_vector<double>(adaptive_avg_pool1d(row({1, 3}), {3})) == Numbers{1, 2, 3});
  CHECK(adaptive_avg_pool2d(zeros({0, 2, 4, 4}), {1}).shape() == Shape{0, 2, 1, 1});
}

TEST_CASE("a mean over a large image in float32 keeps its digits") {
  CHECK(item(adaptive_avg_pool2d(full({1, 300, 1000}, 0.1), {1})) ==
        Approx(static_cast<double>(0.1f)).epsilon(0x1p-19));
}

TEST_CASE("nearest takes the number at the floor, in single precision") {
  CHECK(to_vector<double>(interpolate(row({1, 2, 3}), {.size = {7}})) == Numbers{1, 1, 1, 2, 2, 3, 3});
  CHECK(to_vector<double>(interpolate(row({1, 2, 3}), {.size = {7}, .mode = InterpolateMode::nearest_exact})) ==
        Numbers{1, 1, 2, 2, 2, 3, 3});
  CHECK(to_vector<double>(interpolate(row({1, 2, 3, 4, 5}), {.size = {2}})) == Numbers{1, 3});
  // The size is cut, and the scale stays: of one axis the places are those of 1.1, of two axes the image's own.
  CHECK(to_vector<double>(interpolate(row({1, 2, 3, 4, 5}), {.scale_factor = {1.1}})) == Numbers{1, 1, 2, 3, 4});
  CHECK(to_vector<double>(interpolate(reshape(row({1, 2, 3, 4, 5}), {1, 1, 1, 5}), {.scale_factor = {1, 1.1}})) ==
        Numbers{1, 2, 3, 4, 5});
}

TEST_CASE("linear modes lie between neighbors, edges on edges or corners on corners") {
  CHECK(to_vector<double>(interpolate(row({0, 4}), {.size = {4}, .mode = InterpolateMode::linear})) ==
        Numbers{0, 1, 3, 4});
  CHECK(to_vector<double>(
            interpolate(row({0, 4}), {.size = {5}, .mode = InterpolateMode::linear, .align_corners = true})) ==
        Numbers{0, 1, 2, 3, 4});
  CHECK(to_vector<double>(interpolate(
            row({7, 4}), {.size = {1}, .mode = InterpolateMode::linear, .align_corners = true})) == Numbers{7});
  // A neighbor with no share is none, also where it is infinite.
  CHECK(to_vector<double>(interpolate(
            row({1, inf}), {.size = {2}, .mode = InterpolateMode::linear, .align_corners = true})) == Numbers{1, inf});
}

TEST_CASE("pooling and interpolation refuse what does not fit, by name") {
  const Tensor x = zeros({2, 3, 4, 4});
  check_refused({
      {"max_pool2d", [=] { max_pool2d(Tensor(), {2}); }},
      {"max_pool2d",
       [=] {
         max_pool2d(zeros({4, 4}), {2});
       }},
      {"max_pool2d", [=] { max_pool2d(to(x, int64), {2}); }},
      {"kernel_size", [=] { max_pool2d(x, {0}); }},
      {"kernel_size", [=] { max_pool2d(x, {}); }},
      {"kernel_size",
       [=] {
         max_pool2d(x, {2, 2, 2});
       }},
      {"larger", [=] { max_pool2d(x, {5}); }},
      {"padding", [=] { max_pool2d(x, {2}, {.padding = {2}}); }},
      {"stride", [=] { max_pool2d(x, {2}, {.stride = {-1}}); }},
      {"nothing but padding",
       [=] {
         max_pool1d(zeros({1, 1, 1}), {2}, {.padding = {2}, .dilation = {3}});
       }},
      {"spatial sizes",
       [=] {
         max_pool2d(zeros({2, 3, 0, 4}), {2}, {.padding = {1}});
       }},
      {"avg_pool2d", [=] { avg_pool2d(x, {2}, {.divisor_override = 0}); }},
      {"avg_pool2d", [=] { avg_pool2d(x, {0x7fffffff}); }},
      {"adaptive_avg_pool2d", [=] { adaptive_avg_pool2d(x, {0}); }},
      {"adaptive_avg_pool2d", [=] { adaptive_avg_pool2d(x, {0x7fffffff}); }},
      {"interpolate", [=] { interpolate(x, {}); }},
      {"interpolate", [=] { interpolate(x, {.size = {2}, .scale_factor = {2}}); }},
      {"interpolate", [=] { interpolate(x, {.scale_factor = {0.1}}); }},
      {"interpolate", [=] { interpolate(x, {.scale_factor = {not_a_number}}); }},
      {"interpolate", [=] { interpolate(x, {.scale_factor = {1e300}}); }},
      {"interpolate",
       [=] {
         interpolate(x, {.scale_factor = {2, 2, 2}});
       }},
      {"interpolate", [=] { interpolate(x, {.size = {0x7fffffff}}); }},
      {"bilinear", [=] { interpolate(x, {.size = {2}, .mode = InterpolateMode::linear}); }},
      {"align_corners", [=] { interpolate(x, {.size = {2}, .align_corners = true}); }},
      {"interpolate",
       [=] {
         interpolate(zeros({4, 4}), {.size = {2}});
       }},
  });
}
