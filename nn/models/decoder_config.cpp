#include "decoder_config.h"

#include <algorithm>

#include "../../core/error.h"
#include "config_keys.h"
#include "rope_config.h"

namespace adora {
namespace {

/// layer_types of transformers 5: which layers look back through a window only. Here none does.
void read_layer_types(JsonFields& fields, std::int64_t layers) {
  if (!fields.has("layer_types")) return;
  const std::string full = "full_attention";
  if (fields.strings("layer_types") != std::vector<std::string>(static_cast<std::size_t>(layers), full))
    fields.refuse("layer_types", fmt::format("\"{}\" for each of the {} layers", full, layers));
}

}  // namespace

DecoderConfig read_decoder_config(JsonFields& fields, const DecoderConfig& otherwise) {
  DecoderConfig c = otherwise;
  c.vocab_size = read_size(fields, "vocab_size");
  c.hidden_size = read_size(fields, "hidden_size");
  c.intermediate_size = read_size(fields, "intermediate_size");
  c.num_hidden_layers = read_size(fields, "num_hidden_layers");
  c.num_attention_heads = read_size(fields, "num_attention_heads");
  c.num_key_value_heads = read_size(fields, "num_key_value_heads", c.num_attention_heads);
  check(fields.has("head_dim") || c.hidden_size % c.num_attention_heads == 0,
        "{}: hidden_size ({}) must be a multiple of num_attention_heads ({}) where there is no head_dim",
        fields.where(), c.hidden_size, c.num_attention_heads);
  c.head_dim = fields.has("head_dim") ? read_size(fields, "head_dim") : c.hidden_size / c.num_attention_heads;
  c.max_position_embeddings = read_size(fields, "max_position_embeddings", c.max_position_embeddings);
  c.rms_norm_eps = fields.number("rms_norm_eps", 1e-30, 1, c.rms_norm_eps);
  c.rope_theta = read_rope_theta(fields, c.rope_theta);
  c.tie_word_embeddings = fields.boolean("tie_word_embeddings", c.tie_word_embeddings);
  c.initializer_range = fields.number("initializer_range", 0, 100, c.initializer_range);
  // The default tokens must exist too, or a saved config could not be read again.
  for (std::int64_t& token : c.eos_token_id) token = std::min(token, c.vocab_size - 1);
  c.bos_token_id = std::min(c.bos_token_id, c.vocab_size - 1);
  c.bos_token_id = read_token_ids(fields, "bos_token_id", c.vocab_size, {c.bos_token_id}).front();
  c.eos_token_id = read_token_ids(fields, "eos_token_id", c.vocab_size, c.eos_token_id);
  const std::string activation = fields.text("hidden_act", "silu");
  if (activation != "silu" && activation != "swish") fields.refuse("hidden_act", "\"silu\"");
  read_only(fields, "attention_dropout", 0.0);
  c.check(fields.where());
  read_layer_types(fields, c.num_hidden_layers);
  return c;
}

Json::Object decoder_config_json(const DecoderConfig& c, const std::string& model_type,
                                 const std::string& architecture) {
  return {{"architectures", Json::Array{architecture}},
          {"model_type", model_type},
          {"vocab_size", c.vocab_size},
          {"hidden_size", c.hidden_size},
          {"intermediate_size", c.intermediate_size},
          {"num_hidden_layers", c.num_hidden_layers},
          {"num_attention_heads", c.num_attention_heads},
          {"num_key_value_heads", c.num_key_value_heads},
          {"head_dim", c.head_dim},
          {"max_position_embeddings", c.max_position_embeddings},
          {"rms_norm_eps", c.rms_norm_eps},
          {"rope_theta", c.rope_theta},
          {"rope_scaling", nullptr},
          {"hidden_act", "silu"},
          {"tie_word_embeddings", c.tie_word_embeddings},
          {"initializer_range", c.initializer_range},
          {"bos_token_id", c.bos_token_id},
          {"eos_token_id", token_ids_json(c.eos_token_id)}};
}

CausalLmConfig DecoderConfig::causal_lm(const std::string& model_type) const {
  return {.model_type = model_type,
          .vocab_size = vocab_size,
          .num_hidden_layers = num_hidden_layers,
          .attention = attention(),
          .max_position_embeddings = max_position_embeddings,
          .bos_token_id = bos_token_id,
          .eos_token_id = eos_token_id};
}

AttentionSizes DecoderConfig::attention() const {
  return {
      .heads = num_attention_heads, .key_heads = num_key_value_heads, .head_dim = head_dim, .rope_theta = rope_theta};
}

LinearOptions DecoderConfig::linear(WeightOptions options, bool bias) const {
  return {.bias = bias, .deviation = initializer_range, .dtype = options.dtype, .device = options.device};
}

void DecoderConfig::check(const std::string& where) const {
  check_causal_lm_config(causal_lm({}), where);
  check_size("hidden_size", hidden_size, 1 << 20, where);
  check_size("intermediate_size", intermediate_size, 1 << 22, where);
  adora::check(rms_norm_eps > 0 && rms_norm_eps < 1, "{}: rms_norm_eps must lie between 0 and 1, not {}", where,
               rms_norm_eps);
}

}  // namespace adora
