#include "rms_norm.h"

#include "../ops/creation.h"
#include "../ops/normalize.h"

namespace adora {

RmsNorm::RmsNorm(std::int64_t width, double eps, WeightOptions options)
    : weight(ones({width}, options.dtype, options.device)), eps(eps) {
  parameter("weight", weight);
}

Tensor RmsNorm::operator()(const Tensor& x) const { return rms_norm(x, weight, eps); }

}  // namespace adora
