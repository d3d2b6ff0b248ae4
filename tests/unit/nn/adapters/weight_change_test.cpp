#include "nn/adapters/weight_change.h"

#include <cmath>

#include "../../../numeric.h"
#include "adapted_llama.h"

using namespace adora;
using namespace adora::test;

namespace {

/// Equations 3 and 4 of the paper for rows, by plain loops.
WeightChange plain_change(const Tensor& before, const Tensor& after) {
  const auto w = to_vector<double>(before), v = to_vector<double>(after);
  const auto rows = static_cast<std::size_t>(before.size(0)), n = static_cast<std::size_t>(before.size(1));
  WeightChange change;
  for (std::size_t j = 0; j < rows; ++j) {
    double ww = 0, vv = 0, wv = 0;
    for (std::size_t i = j * n; i < (j + 1) * n; ++i) ww += w[i] * w[i], vv += v[i] * v[i], wv += w[i] * v[i];
    change.magnitude += std::abs(std::sqrt(vv) - std::sqrt(ww)) / static_cast<double>(rows);
    change.direction += (1 - wv / std::sqrt(ww * vv)) / static_cast<double>(rows);
  }
  return change;
}

bool agree(const WeightChange& a, const WeightChange& b, double tolerance) {
  auto near = [&](double x, double y) { return std::abs(x - y) <= tolerance * std::max(std::abs(y), 1e-3); };
  return near(a.magnitude, b.magnitude) && near(a.direction, b.direction);
}

}  // namespace

TEST_CASE("the change of a weight is that of the paper's formulas, in every dtype and for many rows") {
  Generator g(3);
  for (const Shape& shape : {Shape{3, 5}, Shape{1100, 7}}) {
    const Tensor w = uniform(shape, -1, 1, g, float64), v = w + uniform(shape, -0.5, 0.5, g, float64);
    CHECK(agree(weight_change(w, v), plain_change(w, v), 1e-12));
    CHECK(agree(weight_change(transpose(contiguous(transpose(w))), v), plain_change(w, v), 1e-12));
    CHECK(agree(weight_change(to(w, float32), to(v, float32)), plain_change(w, v), 1e-5));
    CHECK(agree(weight_change(to(w, bfloat16), to(v, bfloat16)), plain_change(to(w, bfloat16), to(v, bfloat16)), 1e-5));
  }
  CHECK_THROWS_WITH(weight_change(ones({2, 3}), ones({3, 2})), ContainsSubstring("one shape"));
}

TEST_CASE("an adapter's change is that of the weight it stands for, whatever its kind") {
  for (const std::string& kind : all_kinds) {
    for (DType dtype : {float64, float32}) {
      CAPTURE(kind, name(dtype));
      SmallLlama model(dtype);
      add_adapter(model, config_of(kind));
      for (const auto& [layer, change] : adapter_changes(model)) CHECK(agree(change, {0, 0}, 1e-6));
      disturb(model, "default", 5);
      const std::map<std::string, WeightChange> changes = adapter_changes(model);
      CHECK(changes.size() == 10);
      StateDict before;
      for (const auto& [key, x] : model.state_dict()) before[key] = x.detach();
      merge_adapters(model);
      const StateDict after = model.state_dict();
      for (const auto& [layer, change] : changes) {
        CAPTURE(layer);
        const std::string key = layer + ".weight";
        CHECK(agree(change, plain_change(before.at(key), after.at(key)), dtype == float64 ? 1e-10 : 1e-4));
      }
    }
  }
}

TEST_CASE("a change too small for 1 - cos in double keeps its digits") {
  const Tensor w = tensor<double>({3, 4}), delta = tensor<double>({-4e-10, 3e-10});  // at right angles
  const WeightChange change = weight_change(reshape(w, {1, 2}), reshape(w + delta, {1, 2}));
  CHECK(change.direction == Approx(0.5e-20).epsilon(1e-4));  // half the angle squared
}

TEST_CASE("rows of zeros and negative magnitudes have their change too") {
  auto change = [](std::vector<double> before, std::vector<double> after) {
    return weight_change(tensor(before, {1, 2}), tensor(after, {1, 2}));
  };
  CHECK(change({0, 0}, {0, 0}).direction == 0);
  CHECK(change({0, 0}, {3, 4}).direction == 1);
  CHECK(change({0, 0}, {3, 4}).magnitude == 5);
  CHECK(change({3, 4}, {0, 0}).direction == 1);
  CHECK(change({3, 4}, {-3, -4}).direction == Approx(2));
  CHECK(change({3, 4}, {-3, -4}).magnitude == Approx(0).margin(1e-12));
  const Tensor w = tensor(std::vector<double>{3, 4}, {1, 2});
  const WeightChange turned = weight_change(w, {}, {}, 1, tensor<double>({-7}));
  CHECK(turned.direction == 2);
  CHECK(turned.magnitude == 2);
}

TEST_CASE("a straight line through points has the slope and the correlation of least squares") {
  const LinearFit fit = linear_fit({{1, 2}, {2, 3}, {3, 7}});
  CHECK(fit.slope == Approx(2.5));
  CHECK(fit.intercept == Approx(-1));
  CHECK(fit.correlation == Approx(0.9449111825));  // 5 / √(2·14)
  CHECK(std::isnan(linear_fit({{1, 2}}).slope));
  CHECK(std::isnan(linear_fit({{1, 2}, {1, 3}}).correlation));
}
