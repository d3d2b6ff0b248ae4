#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "causal_lm.h"

namespace adora {

class JsonFields;

/// The sizes of a decoder of the kind that Llama is (decoder.h), under the names of Hugging Face's config.json; the
/// defaults are those of LLaMA's 7 billion weights. A family with settings of its own derives from it.
struct DecoderConfig {
  std::int64_t vocab_size = 32000;
  std::int64_t hidden_size = 4096;
  std::int64_t intermediate_size = 11008;
  std::int64_t num_hidden_layers = 32;
  std::int64_t num_attention_heads = 32;
  std::int64_t num_key_value_heads = 32;  ///< divides num_attention_heads
  std::int64_t head_dim = 128;
  std::int64_t max_position_embeddings = 2048;
  double rms_norm_eps = 1e-5;
  double rope_theta = 10000;
  bool tie_word_embeddings = false;
  // Which linear layers have biases; a family's config.json says it in keys of its own, or its architecture does.
  bool qkv_bias = false;  ///< q_proj, k_proj, v_proj
  bool o_bias = false;    ///< o_proj
  bool mlp_bias = false;
  double initializer_range = 0.02;  ///< the standard deviation of fresh weights
  std::int64_t bos_token_id = 1;
  std::vector<std::int64_t> eos_token_id = {2};

  CausalLmConfig causal_lm(const std::string& model_type) const;
  AttentionSizes attention() const;
  /// How its linear layers are made.
  LinearOptions linear(WeightOptions options, bool bias) const;
  /// Throws `Error` beginning with `where` unless the sizes are possible and go together.
  void check(const std::string& where) const;
};

/// Reads what is above but for the biases, in the form of transformers 5 (rope_parameters, dtype) or the older one;
/// what a config.json may leave out is that of `otherwise`. Throws `Error` naming the file and the field for what no
/// such decoder here can do (scaled positions, windows, other activations), and for sizes that are missing, negative,
/// absurd or don't go together.
DecoderConfig read_decoder_config(JsonFields& fields, const DecoderConfig& otherwise);

/// A config.json that the above and transformers read, but for the biases and the weights' dtype.
Json::Object decoder_config_json(const DecoderConfig& config, const std::string& model_type,
                                 const std::string& architecture);

}  // namespace adora
