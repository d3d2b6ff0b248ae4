#include "llama_config.h"

#include <cmath>

#include "../../core/error.h"

namespace adora {

void check_llama_config(const LlamaConfig& c, const std::string& where) {
  auto within = [&](const char* name, std::int64_t value, std::int64_t high) {
    check(value >= 1 && value <= high, "{}: {} must be an integer from 1 to {}, not {}", where, name, high, value);
  };
  within("vocab_size", c.vocab_size, largest_vocabulary);
  within("hidden_size", c.hidden_size, 1 << 20);
  within("intermediate_size", c.intermediate_size, 1 << 22);
  within("num_hidden_layers", c.num_hidden_layers, 4096);
  within("num_attention_heads", c.num_attention_heads, 1 << 14);
  within("num_key_value_heads", c.num_key_value_heads, c.num_attention_heads);
  within("head_dim", c.head_dim, 1 << 14);
  within("max_position_embeddings", c.max_position_embeddings, std::int64_t{1} << 31);
  check(c.num_attention_heads % c.num_key_value_heads == 0,
        "{}: num_attention_heads ({}) must be a multiple of num_key_value_heads ({})", where, c.num_attention_heads,
        c.num_key_value_heads);
  check(c.head_dim % 2 == 0, "{}: head_dim must be even for rotary positions, not {}", where, c.head_dim);
  check(c.rms_norm_eps > 0 && c.rms_norm_eps < 1, "{}: rms_norm_eps must lie between 0 and 1, not {}", where,
        c.rms_norm_eps);
  check(c.rope_theta > 0 && std::isfinite(c.rope_theta), "{}: rope_theta must be positive, not {}", where,
        c.rope_theta);
}

}  // namespace adora
