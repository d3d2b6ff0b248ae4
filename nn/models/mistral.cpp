#include "decoder.h"
#include "family.h"
#include "layer_windows.h"

namespace adora {
namespace {

constexpr const char *model_type = "mistral", *architecture = "MistralForCausalLM";

/// Mistral 7B (Jiang et al., "Mistral 7B", 2023): a Llama whose layers see a window.
DecoderConfig read_config(JsonFields& fields) {
  DecoderConfig c =
      read_decoder_config(fields, {.num_key_value_heads = 8, .max_position_embeddings = 131072, .rms_norm_eps = 1e-6});
  // Where it is absent transformers takes 8, not num_attention_heads.
  if (!fields.mentions("num_key_value_heads")) fields.refuse("num_key_value_heads", "a number of heads");
  c.windows = read_windows(fields, c.num_hidden_layers, {.usual_window = 4096, .takes_layer_types = false});
  return c;
}

class Mistral : public Decoder<> {
 public:
  Mistral(const DecoderConfig& config, const ModelOptions& options) : Decoder(model_type, config, options) {}

  Json::Object config_json() const override {
    Json::Object json = decoder_config_json(decoder_config(), model_type, architecture);
    json["sliding_window"] = sliding_window_json(decoder_config());
    return json;
  }
};

const RegisterModelFamily registered{
    {.model_type = model_type,
     .architecture = architecture,
     .make = [](JsonFields& config, const ModelOptions& options) -> std::unique_ptr<CausalLm> {
       return std::make_unique<Mistral>(read_config(config), options);
     }}};

}  // namespace
}  // namespace adora
