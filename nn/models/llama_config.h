#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "causal_lm.h"

namespace adora {

class JsonFields;

/// The sizes of a Llama, under the names of Hugging Face's config.json.
struct LlamaConfig {
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
  bool attention_bias = false;
  bool mlp_bias = false;
  double initializer_range = 0.02;  ///< the standard deviation of fresh weights
  std::int64_t bos_token_id = 1;
  std::vector<std::int64_t> eos_token_id = {2};

  /// Reads a config.json in the form of transformers 5 (rope_parameters, dtype) or the older one. Throws `Error` naming
  /// the file and the field for what a Llama here can't do (rope scaling, other activations, quantized weights), and
  /// for sizes that are missing, negative, absurd or don't go together.
  static LlamaConfig from_json(JsonFields& fields);
  /// A config.json that from_json and transformers read, without the weights' dtype.
  Json::Object to_json() const;

  CausalLmConfig causal_lm() const;
  /// Throws `Error` beginning with `where` unless the sizes are possible and go together.
  void check(const std::string& where) const;
};

/// The config.json of models that were published: llama-7b, llama-13b, llama2-7b, llama3-8b.
std::vector<std::pair<std::string, Json>> published_llamas();

}  // namespace adora
