#include "rms_norm.h"

#include "../../ops/creation.h"

namespace adora {

RmsNorm::RmsNorm(std::int64_t width, double eps, WeightOptions options)
    : weight(ones({width}, options.dtype, options.device)), eps(eps) {
  parameter("weight", weight);
}

Tensor RmsNorm::operator()(const Tensor& x) const { return rms_norm(x, weight, eps); }

SumAndNorm RmsNorm::add(const Tensor& x, const Tensor& update) const {
  if (!update.defined()) return {x, (*this)(x)};
  return add_rms_norm(x, update, weight, eps);
}

}  // namespace adora
