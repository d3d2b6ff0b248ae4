#include "linear.h"

#include <cmath>

#include "../ops/creation.h"
#include "../ops/matmul.h"

namespace adora {

Linear::Linear(std::int64_t in, std::int64_t out, Generator& generator, LinearOptions options) {
  double bound = in > 0 ? 1 / std::sqrt(static_cast<double>(in)) : 0;
  weight = uniform({out, in}, -bound, bound, generator, options.dtype, options.device);
  if (options.bias) bias = uniform({out}, -bound, bound, generator, options.dtype, options.device);
  parameter("weight", weight);
  parameter("bias", bias);
}

Tensor Linear::base(const Tensor& x) const { return linear(x, weight, bias); }

Tensor Linear::operator()(const Tensor& x) const { return adapter_ ? adapter_->forward(*this, x) : base(x); }

void Linear::set_adapter(std::unique_ptr<LinearAdapter> adapter) {
  if (adapter_) forget_child(*adapter_);
  adapter_ = std::move(adapter);
  if (adapter_) child("adapter", *adapter_);
}

}  // namespace adora
