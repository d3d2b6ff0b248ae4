#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace adora {

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
  double initializer_range = 0.02;  ///< the deviation of fresh weights
  std::int64_t bos_token_id = 1;
  std::vector<std::int64_t> eos_token_id = {2};
};

inline constexpr std::int64_t largest_vocabulary = std::int64_t{1} << 24;

/// Throws `Error` beginning with `where` unless the sizes are possible and fit one another.
void check_llama_config(const LlamaConfig& config, const std::string& where);

}  // namespace adora
