#include "weight_change.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "../../autograd/grad_mode.h"
#include "../../ops/adapter_check.h"
#include "../../ops/arithmetic.h"
#include "../../ops/creation.h"
#include "../../ops/dora.h"
#include "../../ops/elementwise/square.h"
#include "../../ops/matmul.h"
#include "../../ops/quantize.h"
#include "../../ops/reduce.h"
#include "../../ops/view.h"

namespace adora {
namespace {

using Numbers = std::vector<double>;

/// The means from what is known of each row w and of δ = w' - w before its length is set: squares = ‖w‖², along = w·δ,
/// moved = ‖δ‖²; and the length that is set, if any.
WeightChange mean_change(const Numbers& squares, const Numbers& along, const Numbers& moved, const Numbers& lengths) {
  WeightChange sum;
  for (std::size_t j = 0; j < squares.size(); ++j) {
    const double length = std::sqrt(squares[j]);
    double grown, turned;  // ‖w'‖ - ‖w‖ and 1 - cos
    if (length > 0) {
      // With a = w·δ/‖w‖² and b = ‖δ‖²/‖w‖²: s = ‖w'‖/‖w‖ = √(1 + 2a + b), and
      // 1 - cos = 1 - (1 + a)/s = (b - a²) / (s·(s + 1 + a)).
      const double a = along[j] / squares[j], b = moved[j] / squares[j], s = std::sqrt(std::max(1 + 2 * a + b, 0.0));
      grown = length * (2 * a + b) / (s + 1);
      turned = s == 0 ? 1 : 1 + a <= 0 ? 1 - (1 + a) / s : std::max(b - a * a, 0.0) / (s * (s + 1 + a));
    } else {
      grown = std::sqrt(moved[j]);
      turned = moved[j] > 0 ? 1 : 0;
    }
    if (!lengths.empty()) {
      grown = std::abs(lengths[j]) - length;
      if (lengths[j] < 0) turned = 2 - turned;
    }
    sum.magnitude += std::abs(grown), sum.direction += turned;
  }
  const double rows = std::max<double>(static_cast<double>(squares.size()), 1);
  return {sum.magnitude / rows, sum.direction / rows};
}

void append(Numbers& to, const Tensor& more) {
  const Numbers values = to_vector<double>(more);
  to.insert(to.end(), values.begin(), values.end());
}

/// Calls f(first, end) for some rows of a matrix after the others, so that no copy of a large one is made.
template <class F> void for_rows(const FrozenMatrix& x, F&& f) {
  constexpr std::int64_t block = 512;
  for (std::int64_t first = 0; first < x.size(0); first += block) f(first, std::min(first + block, x.size(0)));
}

}  // namespace

WeightChange weight_change(const Tensor& before, const Tensor& after) {
  check_inputs("weight_change", {&before, &after});
  check(before.ndim() == 2 && before.shape() == after.shape(),
        "weight_change: {} and {}: both must be matrices of one shape", describe(before), describe(after));
  NoGrad no_grad;
  const DType wide = before.dtype() == float64 || after.dtype() == float64 ? float64 : float32;
  Numbers squares, along, moved;
  for_rows(before, [&](std::int64_t first, std::int64_t end) {
    const Tensor w = to(slice(before, 0, first, end), wide), delta = to(slice(after, 0, first, end), wide) - w;
    append(squares, sum(square(w), {1}));
    append(along, sum(w * delta, {1}));
    append(moved, sum(square(delta), {1}));
  });
  return mean_change(squares, along, moved, {});
}

WeightChange weight_change(const FrozenMatrix& weight, const Tensor& A, const Tensor& B, double scale,
                           const Tensor& magnitude) {
  detail::check_norm("weight_change", weight, A, B, scale);
  if (magnitude.defined()) detail::check_vector("weight_change", "magnitude", magnitude, weight.size(0));
  NoGrad no_grad;
  const DType wide = weight.dtype() == float64 ? float64 : float32;
  Numbers squares = to_vector<double>(dora_weight_norm(weight, {}, {}, 1)), along, moved;
  for (double& length : squares) length *= length;
  if (A.defined()) {
    const Tensor a = to(A, wide), b = to(B, wide), a_t = transpose(a);
    for_rows(weight, [&](std::int64_t first, std::int64_t end) {
      append(along, sum(matmul(dequantized_rows(weight, first, end), a_t) * slice(b, 0, first, end), {1}) * scale);
    });
    append(moved, sum(matmul(b, matmul(a, a_t)) * b, {1}) * (scale * scale));
    for (double& value : moved) value = std::max(value, 0.0);
  } else {
    along.resize(squares.size()), moved.resize(squares.size());
  }
  return mean_change(squares, along, moved, magnitude.defined() ? to_vector<double>(magnitude.detach()) : Numbers());
}

LinearFit linear_fit(const std::vector<std::pair<double, double>>& points) {
  const auto n = static_cast<double>(points.size());
  double x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  for (const auto& [a, b] : points) x += a / n, y += b / n;
  for (const auto& [a, b] : points) xx += (a - x) * (a - x), yy += (b - y) * (b - y), xy += (a - x) * (b - y);
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  if (points.size() < 2 || xx == 0) return {none, none, none};
  const double slope = xy / xx;
  return {slope, y - slope * x, yy == 0 ? none : xy / std::sqrt(xx * yy)};
}

}  // namespace adora
