#include "prelu.h"

#include "../../ops/creation.h"
#include "../../ops/elementwise/prelu.h"

namespace adora {

PReLU::PReLU(std::int64_t num_parameters, double init, WeightOptions options) {
  check(num_parameters > 0, "PReLU: there can't be {} slopes", num_parameters);
  weight = full({num_parameters}, init, options.dtype, options.device);
  parameter("weight", weight);
}

Tensor PReLU::operator()(const Tensor& x) const { return prelu(x, weight); }

}  // namespace adora
