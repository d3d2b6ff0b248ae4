#pragma once
#include <cmath>

#include "but_elementwise.h"

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

/// Element i of the parameter number p, in the order of transformers' LlamaForCausalLM, is 0.3·sin(0.7·i + p), and
/// 1 more in the norms.
inline void set_small_llama_weights(adora::Llama& model) {
  using namespace adora;
  std::vector<std::string> names{"model.embed_tokens.weight"};
  for (int layer = 0; layer < model.config().num_hidden_layers; ++layer) {
    for (const char* part :
         {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj",
          "mlp.up_proj", "mlp.down_proj", "input_layernorm", "post_attention_layernorm"}) {
      names.push_back("model.layers." + std::to_string(layer) + "." + part + ".weight");
    }
  }
  names.push_back("model.norm.weight");
  if (!model.config().tie_word_embeddings) names.push_back("lm_head.weight");
  StateDict state;
  for (std::size_t p = 0; p < names.size(); ++p) {
    Tensor like = model.state_dict().at(names[p]);
    std::vector<double> values;
    for (std::int64_t i = 0; i < like.numel(); ++i) {
      double value = 0.3 * std::sin(0.7 * static_cast<double>(i) + static_cast<double>(p));
      values.push_back(names[p].find("norm") != std::string::npos ? 1 + value : value);
    }
    state[names[p]] = tensor(values, like.shape());
  }
  model.load_state_dict(state);
}
