#include "../../ops/view.h"
#include "config_keys.h"
#include "decoder.h"
#include "family.h"
#include "layer_windows.h"

namespace adora {
namespace {

constexpr const char *model_type = "phi3", *architecture = "Phi3ForCausalLM";

/// Queries, keys and values are one projection, one after the other; an adapter is one of the three together.
class Phi3Attention : public Module {
 public:
  Phi3Attention(const DecoderConfig& c, std::size_t layer, Generator& g, WeightOptions options)
      : o_proj(c.num_attention_heads * c.head_dim, c.hidden_size, g, c.linear(options, false)),
        qkv_proj(c.hidden_size, (c.num_attention_heads + 2 * c.num_key_value_heads) * c.head_dim, g,
                 c.linear(options, false)),
        settings_(c.attention(layer)) {
    child("o_proj", o_proj);
    child("qkv_proj", qkv_proj);
  }

  Tensor operator()(const Tensor& x, const AttentionContext& context) const {
    return noted_call(*this, [&] {
      const Tensor all = qkv_proj(x);
      const std::int64_t queries = settings_.heads * settings_.head_dim,
                         keys = settings_.key_heads * settings_.head_dim;
      auto part = [&](std::int64_t begin, std::int64_t size) { return slice(all, -1, begin, begin + size); };
      return o_proj(attend(part(0, queries), part(queries, keys), part(queries + keys, keys), settings_, context));
    });
  }

  Linear o_proj, qkv_proj;

 private:
  AttentionSettings settings_;
};

/// The gate and what it gates are one projection.
class Phi3Mlp : public Module {
 public:
  Phi3Mlp(const DecoderConfig& c, Generator& g, WeightOptions options)
      : gate_up_proj(c.hidden_size, 2 * c.intermediate_size, g, c.linear(options, false)),
        down_proj(c.intermediate_size, c.hidden_size, g, c.linear(options, false)) {
    child("gate_up_proj", gate_up_proj);
    child("down_proj", down_proj);
  }

  Tensor operator()(const Tensor& x) const {
    return noted_call(*this, [&] {
      const Tensor both = gate_up_proj(x);
      const std::int64_t width = both.size(-1) / 2;
      return down_proj(gated(slice(both, -1, 0, width), slice(both, -1, width, 2 * width), GateActivation::silu));
    });
  }

  Linear gate_up_proj, down_proj;
};

/// "su" and "yarn" are older names of longrope in these files; original_max_position_embeddings stands beside it.
RopeFields read_positions(JsonFields& fields, const RopeFields& otherwise, std::int64_t longest) {
  if (fields.has("rope_scaling")) read_only(fields, "rope_parameters", *fields.find("rope_scaling"));
  const Json* scaling = fields.find(fields.has("rope_scaling") ? "rope_scaling" : "rope_parameters");
  Json::Object given;
  if (const auto* object = scaling ? scaling->get<Json::Object>() : nullptr) given = *object;
  for (const char* name : {"type", "rope_type"})
    if (const auto found = given.find(name);
        found != given.end() && (found->second == Json("su") || found->second == Json("yarn")))
      found->second = "longrope";
  const std::int64_t original = read_size(fields, "original_max_position_embeddings", 4096);
  const auto type = given.contains("rope_type") ? given["rope_type"] : given.contains("type") ? given["type"] : Json();
  if (type == Json("longrope")) given["original_max_position_embeddings"] = original;
  RopeFields usual = otherwise;
  usual.theta = fields.number("rope_theta", 1e-3, 1e12, otherwise.theta);
  usual.partial_rotary_factor = fields.number("partial_rotary_factor", 1e-3, 1, otherwise.partial_rotary_factor);
  const RopeFields read = read_rope_object(given, fields.where() + ": rope_scaling", usual, longest);
  if (read.scaling.rope_type != "default" && read.scaling.rope_type != "longrope")
    fields.refuse("rope_scaling", "null, or of type \"longrope\"");
  return read;
}

DecoderConfig read_config(JsonFields& fields) {
  DecoderConfig c = read_decoder_config(
      fields, {.max_position_embeddings = 4096, .rms_norm_eps = 1e-5, .bos_token_id = 1, .eos_token_id = {32000}},
      read_positions);
  c.windows = read_windows(fields, c.num_hidden_layers, {.takes_layer_types = false});
  for (const char* name : {"resid_pdrop", "embd_pdrop"}) read_only(fields, name, 0.0);
  for (const char* name : {"attention_bias", "mlp_bias", "lm_head_bias"}) read_only(fields, name, false);
  return c;
}

/// Phi-3 and Phi-4-mini (Abdin et al., "Phi-3 technical report", 2024): a Llama with fused projections.
class Phi3 : public Decoder<DecoderBlock<Phi3Attention, Phi3Mlp>> {
 public:
  Phi3(const DecoderConfig& config, const ModelOptions& options) : Decoder(model_type, config, options) {}

  Json::Object config_json() const override {
    const DecoderConfig config = decoder_config();
    Json::Object json = decoder_config_json(config, model_type, architecture);
    json["sliding_window"] = sliding_window_json(config);
    const auto& parameters = config.rope_scaling.parameters;
    if (const auto original = parameters.find("original_max_position_embeddings"); original != parameters.end())
      json["original_max_position_embeddings"] = original->second;
    return json;
  }
};

const RegisterModelFamily registered{
    {.model_type = model_type,
     .architecture = architecture,
     .make = [](JsonFields& config, const ModelOptions& options) -> std::unique_ptr<CausalLm> {
       return std::make_unique<Phi3>(read_config(config), options);
     }}};

}  // namespace
}  // namespace adora
