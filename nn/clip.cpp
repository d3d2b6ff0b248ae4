#include "clip.h"

#include <cmath>

#include "../autograd/grad_mode.h"
#include "../autograd/variable.h"
#include "../backends/reduce.h"
#include "../ops/arithmetic.h"
#include "../ops/creation.h"

namespace adora {

double grad_norm(const std::vector<NamedTensor>& parameters) {
  NoGrad no_grad;
  double sum = 0;
  for (const auto& [name, x] : parameters) {
    Tensor gradient = grad(x);
    if (!gradient.defined() || gradient.numel() == 0) continue;
    if (size_of(gradient.dtype()) < 4) gradient = to(gradient, float32);
    Tensor squares = empty_like(gradient, Shape::filled(gradient.ndim(), 1));
    backends::reduce(gradient, squares, backends::Reduction::sum_of_squares);
    sum += item(to(squares, cpu));
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
    if (gradient.defined()) copy_(gradient, gradient * factor);
  }
  return norm;
}

}  // namespace adora
