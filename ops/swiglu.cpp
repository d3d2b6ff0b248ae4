#include "swiglu.h"

#include "../autograd/fused.h"
#include "../backends/swiglu.h"
#include "../backends/swiglu_formula.h"
#include "elementwise_define.h"

namespace adora {
Tensor swiglu(const Tensor& gate, const Tensor& up) {
  check_inputs("swiglu", {&gate, &up});
  check(is_floating(gate.dtype()) && gate.shape() == up.shape() && gate.dtype() == up.dtype(),
        "swiglu: {} and {} must have one shape and floating dtype", describe(gate), describe(up));
  Tensor y = empty_like(gate);
  backends::swiglu(gate, up, y);
  bool want_gate = grad_required_now(gate), want_up = grad_required_now(up);
  auto gradient = [=](const Tensors& g, const SavedTensors& saved) {
    Tensor dgate = want_gate ? empty_like(g[0]) : Tensor(), dup = want_up ? empty_like(g[0]) : Tensor();
    backends::swiglu_gradient(saved["gate"], saved["up"], g[0], dgate, dup);
    return Tensors{dgate, dup};
  };
  auto composed = [](const Tensors& g, const SavedTensors& saved) {
    const Tensor gate = saved["gate"], up = saved["up"];
    const detail::Formula formula{"swiglu", &detail::compiled_formula<backends::SwiGlu, 2>,
                                  std::make_shared<const backends::SwiGlu>()};
    const Tensor* const inputs[] = {&gate, &up};
    auto derivative = [&](const math::Orders& orders) {
      return detail::elementwise_derivative(formula, orders, g[0], inputs);
    };
    return Tensors{input_grad_required(0) ? derivative({{1, 0, 0}}) : Tensor(),
                   input_grad_required(1) ? derivative({{0, 1, 0}}) : Tensor()};
  };
  record_fused("swiglu", {y}, {gate, up}, {{"gate", gate}, {"up", up}}, gradient, composed);
  return y;
}
const Op swiglu_op{"swiglu"};

}  // namespace adora
