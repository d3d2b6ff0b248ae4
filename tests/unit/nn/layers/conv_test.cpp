#include <cmath>

#include "../../../refused.h"
#include "ops/elementwise/abs.h"

using namespace adora;

TEST_CASE("layers of convolutions have PyTorch's shapes and bounds") {
  Generator g(1);
  const Conv2d conv(6, 9, {3, 2}, g, {.stride = {2}, .padding = {1}, .groups = 3});
  CHECK(conv.weight.shape() == Shape{9, 2, 3, 2});
  CHECK(conv.bias.shape() == Shape{9});
  CHECK(conv(zeros({4, 6, 8, 8})).shape() == Shape{4, 9, 4, 5});
  const double bound = 1 / std::sqrt(12.0), largest = item(max(abs(conv.weight)));
  CHECK(largest <= bound);
  CHECK(largest > 0.8 * bound);

  const ConvTranspose1d up(4, 6, {5}, g, {.stride = {2}, .groups = 2, .bias = false});
  CHECK(up.weight.shape() == Shape{4, 3, 5});
  CHECK_FALSE(up.bias.defined());
  CHECK(up(zeros({4, 7})).shape() == Shape{6, 17});
  CHECK(item(max(abs(up.weight))) <= 1 / std::sqrt(15.0));
  CHECK(Conv3d(2, 3, {2}, g)(zeros({1, 2, 3, 3, 3})).shape() == Shape{1, 3, 2, 2, 2});
  CHECK(conv.named_parameters().size() == 2);
}

TEST_CASE("layers of pooling do what the functions do") {
  Generator g(2);
  const Tensor x = uniform({2, 3, 6, 6}, -1, 1, g);
  CHECK(to_vector<float>(MaxPool2d(2)(x)) == to_vector<float>(max_pool2d(x, {2})));
  CHECK(to_vector<float>(AvgPool2d(3, {.padding = {1}})(x)) == to_vector<float>(avg_pool2d(x, {3}, {.padding = {1}})));
  CHECK(AdaptiveAvgPool2d(1)(x).shape() == Shape{2, 3, 1, 1});
  CHECK(AdaptiveMaxPool2d({2, 3})(x).shape() == Shape{2, 3, 2, 3});
}

TEST_CASE("layers of convolutions refuse nonsense") {
  Generator g(3);
  check_refused({
      {"Conv2d", [&] { Conv2d(-1, 2, {3}, g); }},
      {"Conv2d", [&] { Conv2d(3, 2, {3}, g, {.groups = 2}); }},
      {"Conv2d", [&] { Conv2d(2, 2, {3}, g, {.groups = 0}); }},
      {"Conv2d",
       [&] {
         Conv2d(2, 2, {3, 3, 3}, g);
       }},
      {"Conv2d", [&] { Conv2d(2, 2, {}, g); }},
      {"Conv1d", [&] { Conv1d(2, 2, {0}, g); }},
      {"Conv3d", [&] { Conv3d(2, 2, {std::int64_t{1} << 40}, g); }},
      {"ConvTranspose2d", [&] { ConvTranspose2d(2, 3, {3}, g, {.groups = 2}); }},
  });
}

TEST_CASE("layers of one template are printed under the names that they are made by") {
  Generator g(1);
  CHECK(class_name(Conv1d(1, 1, 1, g)) == "Conv1d");
  CHECK(class_name(ConvTranspose2d(1, 1, 1, g)) == "ConvTranspose2d");
  CHECK(class_name(MaxPool3d(2)) == "MaxPool3d");
  CHECK(class_name(Linear(1, 1, g)) == "Linear");
}
