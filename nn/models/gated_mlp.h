#pragma once
#include "../layers/linear.h"
#include "decoder_config.h"

namespace adora {

/// down(act(gate(x))·up(x)) (Shazeer, "GLU variants improve Transformer", 2020).
class GatedMlp : public Module {
 public:
  GatedMlp(const DecoderConfig& config, Generator& generator, WeightOptions options);
  Tensor operator()(const Tensor& x) const;

  Linear gate_proj, up_proj, down_proj;

 private:
  GateActivation activation_;
};

/// act(gate)·up
Tensor gated(const Tensor& gate, const Tensor& up, GateActivation activation);

}  // namespace adora
