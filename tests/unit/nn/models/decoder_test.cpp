#include "../../../../nn/models/decoder.h"

#include "../../../../ops/arithmetic.h"
#include "sine_weights.h"

// A family may put parts of its own into the decoder.

using namespace adora;

namespace {

struct NormedConfig : DecoderConfig {
  double key_norm_eps = 1e-6;
};

/// Attention whose keys are normalized, head by head, before they are turned.
class NormedAttention : public RotaryAttention {
 public:
  NormedAttention(const NormedConfig& c, std::size_t layer, Generator& g, WeightOptions options)
      : RotaryAttention(c, layer, g, options), k_norm(c.head_dim, c.key_norm_eps, options) {
    child("k_norm", k_norm);
  }
  Tensor operator()(const Tensor& x, const AttentionContext& context = {}) const {
    const Tensor k = k_proj(x);
    const Tensor heads = reshape(k, {k.numel() / settings_.head_dim, settings_.head_dim});
    return o_proj(attend(q_proj(x), reshape(k_norm(heads), k.shape()), v_proj(x), settings_, context));
  }

  RmsNorm k_norm;
};

class Normed : public Decoder<DecoderBlock<NormedAttention>, NormedConfig> {
 public:
  explicit Normed(const NormedConfig& config) : Decoder("normed", config, {.dtype = float64}) {}
  Json::Object config_json() const override {
    return decoder_config_json(decoder_config(), "normed", "NormedForCausalLM");
  }
};

const NormedConfig small{{.vocab_size = 11,
                          .hidden_size = 12,
                          .intermediate_size = 20,
                          .num_hidden_layers = 2,
                          .num_attention_heads = 4,
                          .num_key_value_heads = 2,
                          .head_dim = 4,
                          .max_position_embeddings = 64}};

}  // namespace

TEST_CASE("a decoder with an attention of the family's own is saved, cached and adapted as others are") {
  Normed model(small);
  model.requires_grad(false);
  CHECK(model.state_dict().at("model.layers.1.self_attn.k_norm.weight").shape() == Shape{4});
  CHECK(model.config().model_type == "normed");
  add_adapter(model, {.kind = "dora", .rank = 2, .target_modules = {"k_proj"}});
  backward(model.loss(two_texts(), two_targets()));
  for (const auto& [name, x] : model.trainable_parameters()) CHECK(grad(x).defined());

  check_cache(model, 7);
  NoGrad no_grad;

  // Norms make the attention blind to the size of its keys.
  remove_adapter(model, "default");
  const auto plain = to_vector<double>(model.logits(two_texts()));
  for (auto& layer : model.model.layers) layer->self_attn.k_proj.weight = layer->self_attn.k_proj.weight * 3.0;
  const auto larger = to_vector<double>(model.logits(two_texts()));
  for (std::size_t i = 0; i < larger.size(); ++i) CHECK(larger[i] == Approx(plain[i]).epsilon(1e-3));
}

TEST_CASE("a decoder's sizes that are not possible are refused under its model_type") {
  NormedConfig wrong = small;
  wrong.num_key_value_heads = 3;
  CHECK_THROWS_WITH(Normed(wrong), ContainsSubstring("normed: num_attention_heads"));
}
