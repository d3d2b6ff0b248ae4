#pragma once
#include <memory>

#include "../layers/layer_norm.h"
#include "causal_lm.h"

namespace adora {

class JsonFields;

/// The sizes of a GPT-2, under the names of Hugging Face's config.json.
struct Gpt2Config {
  std::int64_t vocab_size = 50257;
  std::int64_t n_positions = 1024;
  std::int64_t n_embd = 768;
  std::int64_t n_layer = 12;
  std::int64_t n_head = 12;  ///< divides n_embd
  std::int64_t n_inner = 3072;
  double layer_norm_epsilon = 1e-5;
  bool tie_word_embeddings = true;
  double initializer_range = 0.02;  ///< the standard deviation of fresh weights
  std::int64_t bos_token_id = 50256;
  std::vector<std::int64_t> eos_token_id = {50256};

  /// Reads a config.json. Throws `Error` naming the file and the field for what a GPT-2 here can't do, and for sizes
  /// that are missing or don't go together. The dropout with which such models were pre-trained is not computed here:
  /// it changes no logit, and a fine-tuning has that of its adapters.
  static Gpt2Config from_json(JsonFields& fields);
  /// A config.json that from_json and transformers read, without the weights' dtype.
  Json::Object to_json() const;

  CausalLmConfig causal_lm() const;
  /// Throws `Error` beginning with `where` unless the sizes are possible and go together.
  void check(const std::string& where) const;
};

class Gpt2Attention : public Module {
 public:
  Gpt2Attention(const Gpt2Config& config, Generator& generator, WeightOptions options);
  Tensor operator()(const Tensor& x, const AttentionContext& context = {}) const;

  Linear c_attn;  ///< queries, keys and values, one below the other: [3·n_embd, n_embd]
  Linear c_proj;

 private:
  AttentionSettings settings_;
};

class Gpt2Mlp : public Module {
 public:
  Gpt2Mlp(const Gpt2Config& config, Generator& generator, WeightOptions options);
  Tensor operator()(const Tensor& x) const;

  Linear c_fc, c_proj;
};

class Gpt2Block : public Module {
 public:
  Gpt2Block(const Gpt2Config& config, Generator& generator, WeightOptions options);
  ResidualStream operator()(const ResidualStream& stream, const AttentionContext& context = {}) const;

  LayerNorm ln_1;
  Gpt2Attention attn;
  LayerNorm ln_2;
  Gpt2Mlp mlp;
};

/// GPT-2's layers without the output layer.
class Gpt2Model : public Module {
 public:
  Gpt2Model(const Gpt2Config& config, Generator& generator, WeightOptions options);

  Embedding wte, wpe;  ///< of tokens and of positions
  std::vector<std::unique_ptr<Gpt2Block>> h;
  LayerNorm ln_f;
};

/// A GPT-2 language model (Radford et al., "Language Models are Unsupervised Multitask Learners", 2019), its parts
/// named as Hugging Face names them ("transformer.h.0.attn.c_attn.weight"). Hugging Face stores the weights of its
/// linear layers as [in, out]; here, as everywhere, they are [out, in].
class Gpt2 : public CausalLm {
 public:
  /// As Llama has it.
  explicit Gpt2(const Gpt2Config& config, ModelOptions options = {});

  const Embedding& token_embedding() const override { return transformer.wte; }
  const Linear& output_layer() const override { return lm_head; }
  Json::Object config_json() const override;
  StateDict from_hugging_face(StateDict tensors) const override;
  StateDict to_hugging_face(StateDict tensors) const override;

  Gpt2Model transformer;
  /// Shares the weight of transformer.wte where the config ties them, as all published ones do.
  Linear lm_head;

 protected:
  Tensor embed(const Tensor& tokens, const KvCache::Step* step) const override;
  ResidualStream run_block(std::size_t number, const ResidualStream& stream,
                           const AttentionContext& context) const override;
  Tensor final_norm(const ResidualStream& stream) const override { return transformer.ln_f(stream.sum()); }

 private:
  Gpt2(const Gpt2Config& config, ModelOptions options, Generator generator);

  Gpt2Config gpt2_config_;
};

}  // namespace adora
