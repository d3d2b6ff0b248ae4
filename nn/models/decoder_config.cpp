#include "decoder_config.h"

#include <algorithm>
#include <cmath>

#include "../../core/error.h"
#include "config_keys.h"

namespace adora {
namespace {

/// The names that a config.json may have for it, the usual one first.
std::vector<std::string> names_of(GateActivation activation) {
  if (activation == GateActivation::silu) return {"silu", "swish"};
  return {"gelu_pytorch_tanh", "gelu"};  // the first Gemma's files said "gelu" and meant it
}

void read_activation(JsonFields& fields, GateActivation activation) {
  const std::vector<std::string> names = names_of(activation);
  const std::string given = fields.text("hidden_act", names.front());
  if (std::find(names.begin(), names.end(), given) == names.end())
    fields.refuse("hidden_act", fmt::format("\"{}\"", names.front()));
}

}  // namespace

DecoderConfig read_decoder_config(JsonFields& fields, const DecoderConfig& otherwise, ReadPositions read_positions) {
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
  const RopeFields rope =
      read_positions(fields, {c.rope_theta, c.partial_rotary_factor, c.rope_scaling}, c.max_position_embeddings);
  c.rope_theta = rope.theta, c.partial_rotary_factor = rope.partial_rotary_factor, c.rope_scaling = rope.scaling;
  c.tie_word_embeddings = fields.boolean("tie_word_embeddings", c.tie_word_embeddings);
  c.initializer_range = fields.number("initializer_range", 0, 100, c.initializer_range);
  // The default tokens must exist too, or a saved config could not be read again.
  for (std::int64_t& token : c.eos_token_id) token = std::min(token, c.vocab_size - 1);
  c.bos_token_id = std::min(c.bos_token_id, c.vocab_size - 1);
  const auto bos = read_token_ids(fields, "bos_token_id", c.vocab_size, {});
  if (!bos.empty()) c.bos_token_id = bos.front();
  c.eos_token_id = read_token_ids(fields, "eos_token_id", c.vocab_size, c.eos_token_id);
  if (c.hidden_act) read_activation(fields, *c.hidden_act);
  read_only(fields, "attention_dropout", 0.0);
  c.check(fields.where());
  return c;
}

Json::Object decoder_config_json(const DecoderConfig& c, const std::string& model_type,
                                 const std::string& architecture) {
  Json::Object json{{"architectures", Json::Array{architecture}},
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
                    {"rope_scaling", rope_scaling_json(c.rope_scaling)},
                    {"hidden_act", names_of(c.hidden_act.value_or(GateActivation::silu)).front()},
                    {"tie_word_embeddings", c.tie_word_embeddings},
                    {"initializer_range", c.initializer_range},
                    {"bos_token_id", c.bos_token_id},
                    {"eos_token_id", token_ids_json(c.eos_token_id)}};
  if (c.partial_rotary_factor != 1) json["partial_rotary_factor"] = c.partial_rotary_factor;
  return json;
}

CausalLmConfig DecoderConfig::causal_lm(const std::string& model_type) const {
  return {.model_type = model_type,
          .vocab_size = vocab_size,
          .num_hidden_layers = num_hidden_layers,
          .attention = attention(0),
          .max_position_embeddings = max_position_embeddings,
          .bos_token_id = bos_token_id,
          .eos_token_id = eos_token_id,
          .final_logit_softcapping = final_logit_softcapping};
}

std::int64_t DecoderConfig::turned_dims() const {
  return static_cast<std::int64_t>(static_cast<double>(head_dim) * partial_rotary_factor);
}

Rope DecoderConfig::rope() const {
  return std::make_shared<RotaryPositions>(
      RotaryPositions::Settings{rope_theta, turned_dims(), max_position_embeddings, rope_scaling});
}

AttentionSettings DecoderConfig::attention(std::size_t layer) const {
  return {.heads = num_attention_heads,
          .key_heads = num_key_value_heads,
          .head_dim = head_dim,
          .rope = rope(),
          .window = windows.empty() ? 0 : windows.at(layer),
          .scale = attention_scale,
          .softcap = attn_logit_softcapping};
}

RmsNorm DecoderConfig::norm(std::int64_t width, WeightOptions options) const {
  return RmsNorm(width, rms_norm_eps, options, rms_norm_offset);
}

LinearOptions DecoderConfig::linear(WeightOptions options, bool bias) const {
  return {.bias = bias, .deviation = initializer_range, .dtype = options.dtype, .device = options.device};
}

void DecoderConfig::check(const std::string& where) const {
  check_size("head_dim", head_dim, 1 << 14, where);
  adora::check(rope_theta > 0 && std::isfinite(rope_theta), "{}: rope_theta must be positive, not {}", where,
               rope_theta);
  const std::int64_t turned = turned_dims();
  if (partial_rotary_factor == 1)
    adora::check(head_dim % 2 == 0, "{}: head_dim must be even for rotary positions, not {}", where, head_dim);
  adora::check(turned > 0 && turned <= head_dim && turned % 2 == 0,
               "{}: partial_rotary_factor ({}) turns {} of a head's {} numbers, which must be an even number", where,
               partial_rotary_factor, turned, head_dim);
  adora::check(windows.empty() || static_cast<std::int64_t>(windows.size()) == num_hidden_layers,
               "{}: {} windows for {} layers", where, windows.size(), num_hidden_layers);
  try {
    rope();
  } catch (const Error& error) {
    fail("{}: {}", where, error.what());
  }
  check_causal_lm_config(causal_lm({}), where);
  check_size("hidden_size", hidden_size, 1 << 20, where);
  check_size("intermediate_size", intermediate_size, 1 << 22, where);
  adora::check(rms_norm_eps > 0 && rms_norm_eps < 1, "{}: rms_norm_eps must lie between 0 and 1, not {}", where,
               rms_norm_eps);
}

}  // namespace adora
