#include "rms_norm.h"

#include "../../ops/arithmetic.h"
#include "../../ops/creation.h"
#include "../noted_call.h"

namespace adora {

RmsNorm::RmsNorm(std::int64_t width, double eps, WeightOptions options, double offset)
    : weight(full({width}, 1 - offset, options.dtype, options.device)), eps(eps), offset(offset) {
  parameter("weight", weight);
}

Tensor RmsNorm::factors() const { return offset == 0 ? weight : weight + offset; }

Tensor RmsNorm::operator()(const Tensor& x) const {
  return noted_call(*this, [&] { return rms_norm(x, factors(), eps); });
}

SumAndNorm RmsNorm::add(const Tensor& x, const Tensor& update) const {
  if (!update.defined()) return {x, (*this)(x)};
  return noted_call(
      *this, [&] { return add_rms_norm(x, update, factors(), eps); }, [](const SumAndNorm& y) { return y.norm; });
}

}  // namespace adora
