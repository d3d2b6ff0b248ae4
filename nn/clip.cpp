#include "clip.h"

#include <cmath>

#include "../autograd/grad_mode.h"
#include "../autograd/variable.h"
#include "../ops/arithmetic.h"
#include "../ops/creation.h"
#include "../ops/reduce.h"

namespace adora {

namespace {
double length(const Tensor& x) { return item(to(norm(x), cpu)); }
}  // namespace

double grad_norm(const std::vector<NamedTensor>& parameters) {
  NoGrad no_grad;
  double sum = 0;
  for (const auto& [name, x] : parameters) {
    Tensor gradient = grad(x);
    if (!gradient.defined() || gradient.numel() == 0) continue;
    if (size_of(gradient.dtype()) < 4) gradient = to(gradient, float32);
    double part = length(gradient);
    // Finite numbers above 1e19 have squares that float32 does not hold.
    if (!std::isfinite(part)) part = length(to(gradient, float64));
    sum += part * part;
  }
  return std::sqrt(sum);
}

double clip_grad_norm(const std::vector<NamedTensor>& parameters, double max_norm) {
  check(max_norm > 0, "clip_grad_norm: the largest norm must be positive, not {}", max_norm);
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

}  // namespace adora
