#pragma once
#include <memory>

#include "../layers/rms_norm.h"
#include "llama_config.h"

namespace adora {

/// Causal attention with rotary positions and grouped heads.
class LlamaAttention : public Module {
 public:
  LlamaAttention(const LlamaConfig& config, Generator& generator, WeightOptions options);
  /// x as `attend` takes projected tokens.
  Tensor operator()(const Tensor& x, const AttentionContext& context = {}) const;

  Linear q_proj, k_proj, v_proj, o_proj;

 private:
  AttentionSizes sizes_;
};

/// down(silu(gate(x))·up(x)) (Shazeer, "GLU variants improve Transformer", 2020).
class LlamaMlp : public Module {
 public:
  LlamaMlp(const LlamaConfig& config, Generator& generator, WeightOptions options);
  Tensor operator()(const Tensor& x) const;

  Linear gate_proj, up_proj, down_proj;
};

class LlamaBlock : public Module {
 public:
  LlamaBlock(const LlamaConfig& config, Generator& generator, WeightOptions options);
  ResidualStream operator()(const ResidualStream& stream, const AttentionContext& context = {}) const;

  RmsNorm input_layernorm;
  LlamaAttention self_attn;
  RmsNorm post_attention_layernorm;
  LlamaMlp mlp;
};

/// Llama's layers without the output layer.
class LlamaModel : public Module {
 public:
  LlamaModel(const LlamaConfig& config, Generator& generator, WeightOptions options);

  Embedding embed_tokens;
  std::vector<std::unique_ptr<LlamaBlock>> layers;
  RmsNorm norm;
};

/// A Llama language model (Touvron et al., "LLaMA", 2023), its parts named as Hugging Face names them
/// ("model.layers.0.self_attn.q_proj.weight").
class Llama : public CausalLm {
 public:
  /// With fresh weights from the seed; on the shape-only device without any memory. An error names a size that is out
  /// of bounds or doesn't divide another.
  explicit Llama(const LlamaConfig& config, ModelOptions options = {});

  const Embedding& token_embedding() const override { return model.embed_tokens; }
  const Linear& output_layer() const override { return lm_head; }
  Json::Object config_json() const override;
  StateDict from_hugging_face(StateDict tensors) const override;

  LlamaModel model;
  /// Shares the weight of model.embed_tokens where the config ties them.
  Linear lm_head;

 protected:
  ResidualStream run_block(std::size_t number, const ResidualStream& stream,
                           const AttentionContext& context) const override;
  Tensor final_norm(const ResidualStream& stream) const override;

 private:
  Llama(const LlamaConfig& config, ModelOptions options, Generator generator);

  LlamaConfig llama_config_;
};

}  // namespace adora
