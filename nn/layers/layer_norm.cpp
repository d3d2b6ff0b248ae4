#include "layer_norm.h"

#include "../../ops/creation.h"
#include "../../ops/normalize.h"
#include "../noted_call.h"

namespace adora {

LayerNorm::LayerNorm(std::int64_t width, double eps, LayerNormOptions options) : eps(eps) {
  if (options.elementwise_affine) weight = ones({width}, options.dtype, options.device);
  if (options.elementwise_affine && options.bias) bias = zeros({width}, options.dtype, options.device);
  parameter("weight", weight);
  parameter("bias", bias);
}

Tensor LayerNorm::operator()(const Tensor& x) const {
  return noted_call(*this, [&] { return layer_norm(x, weight, bias, eps); });
}

}  // namespace adora
