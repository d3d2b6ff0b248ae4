#include "linear.h"

#include <cmath>

#include "../ops/creation.h"
#include "../ops/matmul.h"

namespace adora {

Linear::Linear(std::int64_t in, std::int64_t out, Generator& generator, LinearOptions options) {
  auto [bias_wanted, deviation, dtype, device] = options;
  if (deviation) {
    weight = normal({out, in}, 0, *deviation, generator, dtype, device);
    if (bias_wanted) bias = zeros({out}, dtype, device);
  } else {
    double bound = in > 0 ? 1 / std::sqrt(static_cast<double>(in)) : 0;
    weight = uniform({out, in}, -bound, bound, generator, dtype, device);
    if (bias_wanted) bias = uniform({out}, -bound, bound, generator, dtype, device);
  }
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
