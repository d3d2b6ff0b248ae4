#include "config_keys.h"
#include "decoder.h"
#include "family.h"
#include "layer_windows.h"

namespace adora {
namespace {

constexpr const char *model_type = "qwen2", *architecture = "Qwen2ForCausalLM";

/// Qwen2 and Qwen2.5 (Yang et al., "Qwen2 technical report", 2024): q, k and v have biases, nothing else has.
DecoderConfig read_config(JsonFields& fields) {
  DecoderConfig c = read_decoder_config(
      fields, {.max_position_embeddings = 32768, .rms_norm_eps = 1e-6, .bos_token_id = 151643, .eos_token_id = {}});
  c.qkv_bias = true;
  // Where it is absent transformers takes 32, not num_attention_heads.
  if (!fields.has("num_key_value_heads")) fields.refuse("num_key_value_heads", "a number of heads");
  c.windows = read_optional_windows(fields, c.num_hidden_layers);
  // Positions of several dimensions, for images.
  read_only(fields, "use_mrope", false);
  return c;
}

class Qwen2 : public Decoder<> {
 public:
  Qwen2(const DecoderConfig& config, const ModelOptions& options) : Decoder(model_type, config, options) {}

  Json::Object config_json() const override {
    Json::Object json = decoder_config_json(decoder_config(), model_type, architecture);
    write_optional_windows(json, decoder_config());
    return json;
  }
};

const RegisterModelFamily registered{
    {.model_type = model_type,
     .architecture = architecture,
     .make = [](JsonFields& config, const ModelOptions& options) -> std::unique_ptr<CausalLm> {
       return std::make_unique<Qwen2>(read_config(config), options);
     }}};

}  // namespace
}  // namespace adora
