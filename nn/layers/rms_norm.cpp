#include "rms_norm.h"

#include "../../ops/creation.h"
#include "../noted_call.h"

namespace adora {

RmsNorm::RmsNorm(std::int64_t width, double eps, WeightOptions options)
    : weight(ones({width}, options.dtype, options.device)), eps(eps) {
  parameter("weight", weight);
}

Tensor RmsNorm::operator()(const Tensor& x) const {
  return noted_call(*this, [&] { return rms_norm(x, weight, eps); });
}

SumAndNorm RmsNorm::add(const Tensor& x, const Tensor& update) const {
  if (!update.defined()) return {x, (*this)(x)};
  return noted_call(
      *this, [&] { return add_rms_norm(x, update, weight, eps); }, [](const SumAndNorm& y) { return y.norm; });
}

}  // namespace adora
