#include "swiglu.h"

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
  bool want_gate = needs_grad(gate), want_up = needs_grad(up);
  record_joint("swiglu", {y}, {gate, up}, [=, gate = save(gate), up = save(up)](const Tensors& g) {
    Tensor dgate, dup;
    if (grad_enabled()) {
      if (want_gate)
        dgate = detail::elementwise_gradient<0>("swiglu", backends::SwiGlu{}, g[0], Tensor(*gate), Tensor(*up));
      if (want_up)
        dup = detail::elementwise_gradient<1>("swiglu", backends::SwiGlu{}, g[0], Tensor(*gate), Tensor(*up));
      return Tensors{dgate, dup};
    }
    if (want_gate) dgate = empty_like(g[0]);
    if (want_up) dup = empty_like(g[0]);
    backends::swiglu_gradient(*gate, *up, g[0], dgate, dup);
    return Tensors{dgate, dup};
  });
  return y;
}
const Op swiglu_op{"swiglu"};

}  // namespace adora
