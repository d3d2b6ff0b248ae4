#include "../../../nn/finite.h"

#include <cmath>
#include <limits>

#include "../../../ops/creation.h"
#include "../../../ops/view.h"
#include "../../catch.h"
#include "../../devices.h"
#include "../../files.h"

using namespace adora;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("finite: a NaN or an infinity anywhere in a tensor of any floating dtype and strides is found by name") {
  for (const Device device : test_devices())
    for (const DType dtype : {float64, float32, bfloat16, float16})
      for (const auto& [at, value] : {std::pair<std::size_t, double>{0, std::nan("")},
                                      {1, infinity},
                                      {40'000, -infinity},
                                      {60'001, std::nan("")}}) {
        std::vector<double> numbers(60'002, -0.5);
        numbers[at] = value;
        const Tensor bad = to(to(tensor(numbers, {2, 30'001}, cpu), dtype), device);
        const Tensor good = full({3}, 2, dtype, device);
        CHECK(find_not_finite({{"a", good}, {"b", bad}, {"c", good}}) == "b");
        CHECK(find_not_finite({{"a", good}, {"b", transpose(bad, 0, 1)}}) == "b");
        CHECK_FALSE(find_not_finite({{"a", good}, {"c", good}}));
      }
}

TEST_CASE(
    "finite: the largest and smallest numbers of a dtype are finite, and integers, empty and shape-only tensors") {
  for (const Device device : test_devices()) {
    StateDict state = {
        {"double", full({5}, std::numeric_limits<double>::max(), float64, device)},
        {"float", full({5}, std::numeric_limits<float>::max(), float32, device)},
        {"tiny", full({5}, std::numeric_limits<float>::denorm_min(), float32, device)},
        {"half", full({5}, 65504, float16, device)},
        {"bfloat16", full({5}, 3.3895313892515355e38, bfloat16, device)},
        {"integers", full({5}, 7, int64, device)},
        {"empty", zeros({0, 3}, float32, device)},
        {"shape", Tensor(empty({3}, float32, meta))},
    };
    CHECK_FALSE(find_not_finite(state));
    state["double"] = full({5}, infinity, float64, device);
    CHECK(find_not_finite(state) == "double");
  }
  CHECK_FALSE(find_not_finite({}));
}

TEST_CASE("finite: the error says where and which") {
  CHECK_NOTHROW(check_finite({{"w", ones({2})}}, "file"));
  const std::string text = test::error_of([] { check_finite({{"w", full({2}, infinity)}}, "file"); });
  CHECK(text == "file: w has a number that is not finite (NaN or infinite)");
  CHECK_THROWS_AS(check_finite({{"w", full({2}, infinity)}}, "file"), NotFinite);
}
