#include "../../core/error.h"
#include "config_keys.h"
#include "family.h"
#include "gemma_config.h"
#include "head_norm_attention.h"
#include "layer_windows.h"
#include "sandwich_block.h"

namespace adora {
namespace {

constexpr const char *model_type = "gemma3_text", *architecture = "Gemma3ForCausalLM",
                     *activation = "hidden_activation";

/// Layers with a window have positions of their own.
struct Gemma3Config : DecoderConfig {
  RopeFields local{10000, 1, {}};

  AttentionSettings attention(std::size_t layer) const {
    AttentionSettings settings = DecoderConfig::attention(layer);
    if (settings.window == 0) return settings;
    settings.rope = std::make_shared<RotaryPositions>(
        RotaryPositions::Settings{local.theta, head_dim, max_position_embeddings, local.scaling});
    return settings;
  }
};

class Gemma3Attention : public HeadNormAttention {
 public:
  Gemma3Attention(const Gemma3Config& c, std::size_t layer, Generator& g, WeightOptions options)
      : HeadNormAttention(c, layer, g, options) {
    settings_ = c.attention(layer);
  }
};

/// rope_parameters of transformers 5: an object for each kind of layer. In the older form rope_theta and rope_scaling
/// are of the layers without a window, and rope_local_base_freq is the theta of the others.
RopeFields read_kind(JsonFields& fields, const char* kind, const RopeFields& otherwise, std::int64_t longest) {
  const std::string where = fields.where() + ": rope_parameters";
  JsonFields kinds(*fields.find("rope_parameters"), where);
  const Json *full = kinds.find("full_attention"), *sliding = kinds.find("sliding_attention");
  if (!kinds.unread().empty())
    kinds.refuse(kinds.unread().front(), "absent: there are full_attention and sliding_attention");
  const Json* json = kind == std::string("full_attention") ? full : sliding;
  return json ? read_rope_object(*json, where + ": " + kind, otherwise, longest) : otherwise;
}

RopeFields read_positions(JsonFields& fields, const RopeFields& otherwise, std::int64_t longest) {
  if (!fields.has("rope_parameters")) return read_rope(fields, otherwise, longest);
  read_only(fields, "rope_scaling", nullptr);
  return read_kind(fields, "full_attention", otherwise, longest);
}

RopeFields read_local_positions(JsonFields& fields, std::int64_t longest) {
  const RopeFields usual{fields.number("rope_local_base_freq", 1e-3, 1e12, 10000), 1, {}};
  return fields.has("rope_parameters") ? read_kind(fields, "sliding_attention", usual, longest) : usual;
}

Gemma3Config read_config(JsonFields& fields) {
  Gemma3Config c;
  static_cast<DecoderConfig&>(c) = read_gemma_config(fields, {.activation = activation,
                                                              .max_position_embeddings = 131072,
                                                              .rope_theta = 1e6,
                                                              .read_positions = read_positions});
  c.local = read_local_positions(fields, c.max_position_embeddings);
  check(c.partial_rotary_factor == 1 && c.local.partial_rotary_factor == 1,
        "{}: partial_rotary_factor must be 1: heads are turned whole", fields.where());
  read_gemma_scores(fields, c, {});
  // transformers reads it and does not compute with it.
  if (c.attn_logit_softcapping != 0) fields.refuse("attn_logit_softcapping", "null");
  const std::int64_t every =
      fields.integer("_sliding_window_pattern", 1, 1 << 20, fields.integer("sliding_window_pattern", 1, 1 << 20, 6));
  c.windows =
      read_windows(fields, c.num_hidden_layers,
                   {.usual_window = 4096, .slides = [=](std::int64_t layer) { return (layer + 1) % every != 0; }});
  return c;
}

/// Gemma 3 as a language model (Gemma team, "Gemma 3 technical report", 2025): five layers with a window for one
/// without, norms of queries and keys.
class Gemma3 : public Decoder<SandwichBlock<Gemma3Attention>, Gemma3Config> {
 public:
  Gemma3(const Gemma3Config& config, const ModelOptions& options) : Decoder(model_type, config, options) {}

  Json::Object config_json() const override {
    const Gemma3Config config = decoder_config();
    Json::Object json = gemma_config_json(config, model_type, architecture, activation);
    write_gemma_scores(json, config);
    json["sliding_window"] = sliding_window_json(config);
    json["layer_types"] = layer_types_json(config);
    // In the form of transformers 5 where the older one can't say it.
    if (config.local.scaling == RopeScaling{}) {
      json["rope_local_base_freq"] = config.local.theta;
    } else {
      json["rope_parameters"] =
          Json::Object{{"full_attention", rope_object_json(config.rope_theta, config.rope_scaling)},
                       {"sliding_attention", rope_object_json(config.local.theta, config.local.scaling)}};
      json.erase("rope_theta"), json.erase("rope_scaling");
    }
    return json;
  }
};

const RegisterModelFamily registered{
    {.model_type = model_type,
     .architecture = architecture,
     .make = [](JsonFields& config, const ModelOptions& options) -> std::unique_ptr<CausalLm> {
       return std::make_unique<Gemma3>(read_config(config), options);
     }}};

}  // namespace
}  // namespace adora
