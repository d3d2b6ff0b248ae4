#include "gated_mlp.h"

#include "../../ops/arithmetic.h"
#include "../../ops/elementwise/gelu_tanh.h"
#include "../../ops/swiglu.h"
#include "../noted_call.h"

namespace adora {

GatedMlp::GatedMlp(const DecoderConfig& c, Generator& g, WeightOptions options)
    : gate_proj(c.hidden_size, c.intermediate_size, g, c.linear(options, c.mlp_bias)),
      up_proj(c.hidden_size, c.intermediate_size, g, c.linear(options, c.mlp_bias)),
      down_proj(c.intermediate_size, c.hidden_size, g, c.linear(options, c.mlp_bias)),
      activation_(c.hidden_act.value()) {
  child("gate_proj", gate_proj);
  child("up_proj", up_proj);
  child("down_proj", down_proj);
}

Tensor GatedMlp::operator()(const Tensor& x) const {
  return noted_call(*this, [&] { return down_proj(gated(gate_proj(x), up_proj(x), activation_)); });
}

Tensor gated(const Tensor& gate, const Tensor& up, GateActivation activation) {
  return activation == GateActivation::silu ? swiglu(gate, up) : gelu_tanh(gate) * up;
}

}  // namespace adora
