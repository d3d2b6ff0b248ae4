#include "linear.h"

#include <cmath>

#include "../../autograd/grad_mode.h"
#include "../../autograd/variable.h"
#include "../../ops/creation.h"
#include "../../ops/matmul.h"
#include "../../ops/quantize.h"

namespace adora {

Linear::Linear(std::int64_t in, std::int64_t out, Generator& generator, LinearOptions options) {
  auto [bias_wanted, deviation, dtype, device] = options;
  check(in >= 0 && out >= 0, "Linear: there can't be {} inputs and {} outputs", in, out);
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

Tensor Linear::base(const Tensor& x) const {
  return is_quantized() ? frozen_linear(x, quantized_, bias) : linear(x, weight, bias);
}

void Linear::quantize(QuantizedFormat format) {
  check(!is_quantized(), "Linear::quantize: the weight {} is quantized already; load it anew for another format",
        describe(quantized_));
  check(!adapters(), "Linear::quantize: quantize the weight before an adapter is added");
  NoGrad no_grad;
  quantized_ = adora::quantize(weight, format);
  if (grad_required(weight)) ensure_autograd_meta(weight)->replaced = true;
  weight = Tensor();
  buffer("weight", quantized_);
}

void Linear::check_trainable(const std::string& path) const {
  check(!is_quantized(),
        "requires_grad: {}{}weight is quantized ({}) and can't be trained; add an adapter to it, or "
        "load the model without quantizing it",
        path, path.empty() ? "" : ".", name(quantized_.format));
}

std::string Linear::extra_repr() const {
  if (!frozen().defined()) return "";
  return fmt::format("{} → {}{}", in_features(), out_features(), is_quantized() || bias.defined() ? "" : ", no bias");
}

}  // namespace adora
