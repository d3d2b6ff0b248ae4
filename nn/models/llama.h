#pragma once
#include <memory>

#include "../../ops/loss.h"
#include "../layers/embedding.h"
#include "../layers/linear.h"
#include "../layers/rms_norm.h"
#include "kv_cache.h"
#include "llama_config.h"

namespace adora {

struct LlamaOptions {
  DType dtype = float32;
  Device device = default_device();
  std::uint64_t seed = 0;  ///< of the fresh weights
};

/// Causal attention with rotary positions and grouped heads (Ainslie et al., "GQA", 2023).
class LlamaAttention : public Module {
 public:
  LlamaAttention(const LlamaConfig& config, Generator& generator, WeightOptions options);
  /// x [B, T, width], tokens 0 … T - 1 of each row; their keys and values go into `cache` where there is one:
  /// without gradients, and an error where recording would want them.
  Tensor operator()(const Tensor& x, KvCache::Layer* cache = nullptr) const;
  /// x [n, width], one token more for each of the cache's rows in `step.rows`. Has no gradient, and refuses to be
  /// recorded: call it under NoGrad.
  Tensor decode(const Tensor& x, const KvCache::Step& step, KvCache::Layer& cache) const;

  Linear q_proj, k_proj, v_proj, o_proj;

 private:
  std::int64_t heads_, kv_heads_, head_dim_;
  double theta_;
};

/// down(silu(gate(x))·up(x)) (Shazeer, "GLU variants improve Transformer", 2020).
class LlamaMlp : public Module {
 public:
  LlamaMlp(const LlamaConfig& config, Generator& generator, WeightOptions options);
  Tensor operator()(const Tensor& x) const;

  Linear gate_proj, up_proj, down_proj;
};

/// The residual stream between two blocks: x with what the last of them adds to it, which the next norm does in the
/// pass that it makes anyway.
struct ResidualStream {
  Tensor x;
  Tensor update = {};  ///< undefined: nothing

  Tensor sum() const;
};

class LlamaBlock : public Module {
 public:
  LlamaBlock(const LlamaConfig& config, Generator& generator, WeightOptions options);
  /// x [B, T, width]; the cache as LlamaAttention has it.
  ResidualStream operator()(const ResidualStream& stream, KvCache::Layer* cache = nullptr) const;
  /// As LlamaAttention::decode.
  ResidualStream decode(const ResidualStream& stream, const KvCache::Step& step, KvCache::Layer& cache) const;

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
/// ("model.layers.0.self_attn.q_proj.weight"). Rows shorter than a batch's longest are padded on the right with any
/// token: attention looks back only, so that no padding is ever seen by what counts.
class Llama : public Module {
 public:
  /// With fresh weights from the seed; on the shape-only device without any memory. An error names a size that is out
  /// of bounds or doesn't divide another.
  explicit Llama(const LlamaConfig& config, LlamaOptions options = {});

  /// Where it computes, and its results lie. Tokens and targets may lie elsewhere: they are moved.
  Device device() const { return model.embed_tokens.weight.device(); }

  /// tokens [B, T] int64; result [B, T, width], normalized, ready for the output layer.
  Tensor hidden(const Tensor& tokens) const;
  /// [B, T, vocabulary]
  Tensor logits(const Tensor& tokens) const;
  /// The cross-entropy of the logits with targets [B, T], where ignored ones don't count. The logits are never whole in
  /// memory (unless the output layer itself has an adapter or is quantized).
  Tensor loss(const Tensor& tokens, const Tensor& targets, const CrossEntropyOptions& options = {}) const;

  /// An empty cache for `rows` texts of at most `capacity` tokens. It takes memory only as they grow.
  KvCache make_cache(std::int64_t rows, std::int64_t capacity) const;
  /// Neither of the following is recorded, whatever wants a gradient.
  /// Fills an empty cache: tokens [rows, T], of which the first lengths[i] of row i are meant. The logits after each
  /// row's last token, [rows, vocabulary].
  Tensor prefill(const Tensor& tokens, const std::vector<std::int64_t>& lengths, KvCache& cache) const;
  /// One token more for some rows of the cache: tokens [n] and the rows they continue, none twice. The logits after
  /// them, [n, vocabulary].
  Tensor decode(const Tensor& tokens, const std::vector<std::int64_t>& rows, KvCache& cache) const;

  const LlamaConfig& config() const { return config_; }
  /// Computes each block anew in the backward pass rather than keeping what it made: less memory, more
  /// time; the gradients are the same.
  void set_gradient_checkpointing(bool on) { gradient_checkpointing_ = on; }

  LlamaModel model;
  /// Shares the weight of model.embed_tokens where the config ties them.
  Linear lm_head;

 private:
  Llama(const LlamaConfig& config, LlamaOptions options, Generator generator);
  ResidualStream run_block(const LlamaBlock& block, const ResidualStream& stream) const;

  LlamaConfig config_;
  bool gradient_checkpointing_ = false;
};

}  // namespace adora
