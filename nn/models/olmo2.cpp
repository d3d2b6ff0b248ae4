#include "../../ops/arithmetic.h"
#include "decoder.h"
#include "family.h"
#include "layer_windows.h"

namespace adora {
namespace {

constexpr const char *model_type = "olmo2", *architecture = "Olmo2ForCausalLM";

/// Queries and keys are normalized whole, all heads together.
class Olmo2Attention : public RotaryAttention {
 public:
  Olmo2Attention(const DecoderConfig& c, std::size_t layer, Generator& g, WeightOptions options)
      : RotaryAttention(c, layer, g, options),
        q_norm(c.norm(c.num_attention_heads * c.head_dim, options)),
        k_norm(c.norm(c.num_key_value_heads * c.head_dim, options)) {
    child("q_norm", q_norm);
    child("k_norm", k_norm);
  }

  Tensor operator()(const Tensor& x, const AttentionContext& context) const {
    return noted_call(
        *this, [&] { return o_proj(attend(q_norm(q_proj(x)), k_norm(k_proj(x)), v_proj(x), settings_, context)); });
  }

  RmsNorm q_norm, k_norm;
};

/// x + norm(attention(x)), and then the same with the MLP.
class Olmo2Block : public Module {
 public:
  Olmo2Block(const DecoderConfig& c, std::size_t layer, Generator& g, WeightOptions options)
      : self_attn(c, layer, g, options),
        post_attention_layernorm(c.norm(c.hidden_size, options)),
        mlp(c, g, options),
        post_feedforward_layernorm(c.norm(c.hidden_size, options)) {
    child("self_attn", self_attn);
    child("post_attention_layernorm", post_attention_layernorm);
    child("mlp", mlp);
    child("post_feedforward_layernorm", post_feedforward_layernorm);
  }

  ResidualStream operator()(const ResidualStream& stream, const AttentionContext& context) const {
    auto run = [&] {
      const Tensor x = stream.sum(), seen = x + post_attention_layernorm(self_attn(x, context));
      return ResidualStream{seen, post_feedforward_layernorm(mlp(seen))};
    };
    return noted_call(*this, run, [](const ResidualStream& y) { return y.x; });
  }

  Olmo2Attention self_attn;
  RmsNorm post_attention_layernorm;
  GatedMlp mlp;
  RmsNorm post_feedforward_layernorm;
};

DecoderConfig read_config(JsonFields& fields) {
  DecoderConfig c = read_decoder_config(
      fields, {.max_position_embeddings = 2048, .rms_norm_eps = 1e-5, .bos_token_id = 50279, .eos_token_id = {50279}});
  c.qkv_bias = c.o_bias = fields.boolean("attention_bias", false);
  read_no_windows(fields, c.num_hidden_layers);
  return c;
}

/// OLMo 2 (OLMo team, "2 OLMo 2 furious", 2025): norms after attention and MLP, and of queries and keys.
class Olmo2 : public Decoder<Olmo2Block> {
 public:
  Olmo2(const DecoderConfig& config, const ModelOptions& options) : Decoder(model_type, config, options) {}

  Json::Object config_json() const override {
    Json::Object json = decoder_config_json(decoder_config(), model_type, architecture);
    json["attention_bias"] = decoder_config().qkv_bias;
    return json;
  }
};

const RegisterModelFamily registered{
    {.model_type = model_type,
     .architecture = architecture,
     .make = [](JsonFields& config, const ModelOptions& options) -> std::unique_ptr<CausalLm> {
       return std::make_unique<Olmo2>(read_config(config), options);
     }}};

}  // namespace
}  // namespace adora
