#include "llama_config.h"

#include "../../core/error.h"
#include "../io/json_fields.h"
#include "family.h"

namespace adora {
namespace {

/// The one kind of rope there is: `type` under its older or newer name.
void check_rope(JsonFields& rope) {
  for (const char* name : {"rope_type", "type"}) read_only(rope, name, "default");
  read_only(rope, "partial_rotary_factor", 1.0);
  rope.find("rope_theta");
  auto others = rope.unread();
  if (!others.empty()) fail("{}: {} is not supported", rope.where(), shortened(others.front()));
}

double read_rope(JsonFields& fields) {
  double theta = fields.number("rope_theta", 1e-3, 1e12, 10000.0);
  for (const char* name : {"rope_scaling", "rope_parameters"}) {
    const Json* json = fields.find(name);
    if (!json) continue;
    JsonFields rope(*json, fields.where() + ": " + name);
    theta = rope.number("rope_theta", 1e-3, 1e12, theta);
    check_rope(rope);
  }
  read_only(fields, "partial_rotary_factor", 1.0);
  return theta;
}

}  // namespace

LlamaConfig LlamaConfig::from_json(JsonFields& fields) {
  LlamaConfig c;
  c.vocab_size = read_size(fields, "vocab_size");
  c.hidden_size = read_size(fields, "hidden_size");
  c.intermediate_size = read_size(fields, "intermediate_size");
  c.num_hidden_layers = read_size(fields, "num_hidden_layers");
  c.num_attention_heads = read_size(fields, "num_attention_heads");
  c.num_key_value_heads = read_size(fields, "num_key_value_heads", c.num_attention_heads);
  adora::check(fields.has("head_dim") || c.hidden_size % c.num_attention_heads == 0,
               "{}: hidden_size ({}) must be a multiple of num_attention_heads ({}) where there is no head_dim",
               fields.where(), c.hidden_size, c.num_attention_heads);
  c.head_dim = fields.has("head_dim") ? read_size(fields, "head_dim") : c.hidden_size / c.num_attention_heads;
  c.max_position_embeddings = read_size(fields, "max_position_embeddings", 2048);
  c.rms_norm_eps = fields.number("rms_norm_eps", 1e-30, 1, 1e-6);
  c.rope_theta = read_rope(fields);
  c.tie_word_embeddings = fields.boolean("tie_word_embeddings", false);
  c.attention_bias = fields.boolean("attention_bias", false);
  c.mlp_bias = fields.boolean("mlp_bias", false);
  c.initializer_range = fields.number("initializer_range", 0, 100, 0.02);
  c.bos_token_id = read_token_ids(fields, "bos_token_id", c.vocab_size, {c.bos_token_id}).front();
  c.eos_token_id = read_token_ids(fields, "eos_token_id", c.vocab_size, c.eos_token_id);
  const std::string activation = fields.text("hidden_act", "silu");
  if (activation != "silu" && activation != "swish") fields.refuse("hidden_act", "\"silu\"");
  read_only(fields, "attention_dropout", 0.0);
  for (const char* name : {"quantization_config", "sliding_window", "layer_types"}) read_only(fields, name, nullptr);
  c.check(fields.where());
  return c;
}

Json::Object LlamaConfig::to_json() const {
  return {{"architectures", Json::Array{"LlamaForCausalLM"}},
          {"model_type", "llama"},
          {"vocab_size", vocab_size},
          {"hidden_size", hidden_size},
          {"intermediate_size", intermediate_size},
          {"num_hidden_layers", num_hidden_layers},
          {"num_attention_heads", num_attention_heads},
          {"num_key_value_heads", num_key_value_heads},
          {"head_dim", head_dim},
          {"max_position_embeddings", max_position_embeddings},
          {"rms_norm_eps", rms_norm_eps},
          {"rope_theta", rope_theta},
          {"rope_scaling", nullptr},
          {"hidden_act", "silu"},
          {"tie_word_embeddings", tie_word_embeddings},
          {"attention_bias", attention_bias},
          {"mlp_bias", mlp_bias},
          {"initializer_range", initializer_range},
          {"bos_token_id", bos_token_id},
          {"eos_token_id", token_ids_json(eos_token_id)}};
}

CausalLmConfig LlamaConfig::causal_lm() const {
  return {.model_type = "llama",
          .vocab_size = vocab_size,
          .num_hidden_layers = num_hidden_layers,
          .attention = {.heads = num_attention_heads,
                        .key_heads = num_key_value_heads,
                        .head_dim = head_dim,
                        .rope_theta = rope_theta},
          .max_position_embeddings = max_position_embeddings,
          .bos_token_id = bos_token_id,
          .eos_token_id = eos_token_id};
}

void LlamaConfig::check(const std::string& where) const {
  check_causal_lm_config(causal_lm(), where);
  check_size("hidden_size", hidden_size, 1 << 20, where);
  check_size("intermediate_size", intermediate_size, 1 << 22, where);
  adora::check(rms_norm_eps > 0 && rms_norm_eps < 1, "{}: rms_norm_eps must lie between 0 and 1, not {}", where,
               rms_norm_eps);
}

std::vector<std::pair<std::string, Json>> published_llamas() {
  LlamaConfig llama7 = {.max_position_embeddings = 2048, .rms_norm_eps = 1e-6};
  LlamaConfig llama13 = llama7;
  llama13.hidden_size = 5120;
  llama13.intermediate_size = 13824;
  llama13.num_hidden_layers = 40;
  llama13.num_attention_heads = llama13.num_key_value_heads = 40;
  LlamaConfig llama2 = {.max_position_embeddings = 4096, .rms_norm_eps = 1e-5};
  LlamaConfig llama3 = {.vocab_size = 128256,
                        .intermediate_size = 14336,
                        .num_key_value_heads = 8,
                        .max_position_embeddings = 8192,
                        .rms_norm_eps = 1e-5,
                        .rope_theta = 500000,
                        .bos_token_id = 128000,
                        .eos_token_id = {128001}};
  return {{"llama-7b", llama7.to_json()},
          {"llama-13b", llama13.to_json()},
          {"llama2-7b", llama2.to_json()},
          {"llama3-8b", llama3.to_json()}};
}

}  // namespace adora
