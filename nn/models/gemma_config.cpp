#include "gemma_config.h"

#include <cmath>

#include "../../core/error.h"
#include "config_keys.h"

namespace adora {
namespace {

constexpr const char* gelu_tanh = "gelu_pytorch_tanh";

/// A cap, or 0 where the field is null; `usual` where it is absent.
double read_cap(JsonFields& fields, const char* name, double usual) {
  if (fields.mentions(name) && !fields.has(name)) return 0;
  return fields.number(name, 1e-3, 1e6, usual);
}

Json cap_json(double cap) { return cap == 0 ? Json() : Json(cap); }

}  // namespace

DecoderConfig read_gemma_config(JsonFields& fields, const GemmaDefaults& usual) {
  for (const char* name : {"num_key_value_heads", "head_dim"})
    if (!fields.has(name)) fields.refuse(name, "there");
  DecoderConfig c = read_decoder_config(fields,
                                        {.max_position_embeddings = usual.max_position_embeddings,
                                         .rms_norm_eps = 1e-6,
                                         .rope_theta = usual.rope_theta,
                                         .tie_word_embeddings = true,
                                         .hidden_act = GateActivation::gelu_tanh,
                                         .rms_norm_offset = 1,
                                         .bos_token_id = 2,
                                         .eos_token_id = {1}},
                                        usual.read_positions);
  c.embedding_scale = std::sqrt(static_cast<double>(c.hidden_size));
  // hidden_act, which the first generation's files have, is read as every decoder's; here "gelu" would be another.
  if (usual.activation != std::string("hidden_act") && fields.text(usual.activation, gelu_tanh) != gelu_tanh)
    fields.refuse(usual.activation, fmt::format("\"{}\"", gelu_tanh));
  c.qkv_bias = c.o_bias = fields.boolean("attention_bias", false);
  read_only(fields, "use_bidirectional_attention", false);
  return c;
}

Json::Object gemma_config_json(const DecoderConfig& config, const std::string& model_type,
                               const std::string& architecture, const char* activation) {
  Json::Object json = decoder_config_json(config, model_type, architecture);
  json.erase("hidden_act");
  json[activation] = gelu_tanh;
  json["attention_bias"] = config.qkv_bias;
  return json;
}

void read_gemma_scores(JsonFields& fields, DecoderConfig& c, const GemmaCaps& usual) {
  c.attention_scale = 1 / std::sqrt(fields.number("query_pre_attn_scalar", 1e-3, 1e9, 256));
  c.attn_logit_softcapping = read_cap(fields, "attn_logit_softcapping", usual.attention);
  c.final_logit_softcapping = read_cap(fields, "final_logit_softcapping", usual.logits);
}

void write_gemma_scores(Json::Object& json, const DecoderConfig& c) {
  const double scale = c.attention_scale.value_or(1), scalar = 1 / (scale * scale), whole = std::round(scalar);
  // transformers wants an integer where it is one.
  const bool integer = std::abs(scalar - whole) < 1e-9 * scalar;
  json["query_pre_attn_scalar"] = integer ? Json(static_cast<std::int64_t>(whole)) : Json(scalar);
  json["attn_logit_softcapping"] = cap_json(c.attn_logit_softcapping);
  json["final_logit_softcapping"] = cap_json(c.final_logit_softcapping);
}

}  // namespace adora
