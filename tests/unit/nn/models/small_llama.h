#pragma once
#include "sine_weights.h"

/// A Llama small enough to state: two layers, three heads of four sharing one key head.
inline adora::LlamaConfig small_llama_config() {
  return {.vocab_size = 11,
          .hidden_size = 12,
          .intermediate_size = 20,
          .num_hidden_layers = 2,
          .num_attention_heads = 3,
          .num_key_value_heads = 1,
          .head_dim = 4,
          .max_position_embeddings = 64};
}

/// set_sine_weights in the order of transformers' LlamaForCausalLM.
inline void set_small_llama_weights(adora::Llama& model) {
  std::vector<std::string> names{"model.embed_tokens.weight"};
  for (int layer = 0; layer < model.config().num_hidden_layers; ++layer) {
    for (const char* part :
         {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj",
          "mlp.up_proj", "mlp.down_proj", "input_layernorm", "post_attention_layernorm"}) {
      names.push_back("model.layers." + std::to_string(layer) + "." + part + ".weight");
    }
  }
  names.push_back("model.norm.weight");
  if (!model.is_tied()) names.push_back("lm_head.weight");
  set_sine_weights(model, names);
}
