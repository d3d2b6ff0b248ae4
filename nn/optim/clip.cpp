#include "clip.h"

#include <cmath>

#include "../../autograd/grad_mode.h"
#include "../../autograd/variable.h"
#include "../../backends/sum_of_squares.h"
#include "../../ops/arithmetic.h"
#include "../../ops/elementwise/clamp.h"

namespace adora {

namespace {
void check_parameters(const char* function, const std::vector<NamedTensor>& parameters) {
  for (const auto& [name, x] : parameters)
    check(x.defined(), "{}: '{}' is an undefined tensor; give it a value first", function, name);
}
}  // namespace

double grad_norm(const std::vector<NamedTensor>& parameters) {
  check_parameters("grad_norm", parameters);
  NoGrad no_grad;
  Tensors gradients;
  for (const auto& [name, x] : parameters)
    if (Tensor gradient = grad(x); gradient.defined()) gradients.push_back(gradient);
  if (gradients.empty()) return 0;
  Tensor total = empty({1}, float64, gradients[0].device());
  backends::sum_of_squares(gradients, total);
  return std::sqrt(item(total));
}

double clip_grad_norm(const std::vector<NamedTensor>& parameters, double max_norm) {
  check(max_norm > 0, "clip_grad_norm: the largest norm must be positive, not {}", max_norm);
  check_parameters("clip_grad_norm", parameters);
  double norm = grad_norm(parameters);
  double factor = max_norm / (norm + 1e-6);
  if (!(factor < 1) || !std::isfinite(norm)) return norm;
  NoGrad no_grad;
  for (const auto& [name, x] : parameters) {
    Tensor gradient = grad(x);
    // A new tensor: two parameters may hold the same gradient.
    if (gradient.defined()) set_grad(x, gradient * factor);
  }
  return norm;
}

void clip_grad_value(const std::vector<NamedTensor>& parameters, double clip_value) {
  check(clip_value >= 0, "clip_grad_value: the largest value must be 0 or more, not {}", clip_value);
  check_parameters("clip_grad_value", parameters);
  NoGrad no_grad;
  for (const auto& [name, x] : parameters)
    if (const Tensor gradient = grad(x); gradient.defined()) set_grad(x, clamp(gradient, -clip_value, clip_value));
}

std::vector<NamedTensor> detail::numbered(const Tensors& tensors) {
  std::vector<NamedTensor> named;
  for (const Tensor& x : tensors) named.push_back({std::to_string(named.size()), x});
  return named;
}

}  // namespace adora
