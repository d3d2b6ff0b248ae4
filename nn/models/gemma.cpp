#include "decoder.h"
#include "family.h"
#include "gemma_config.h"
#include "layer_windows.h"

namespace adora {
namespace {

constexpr const char *model_type = "gemma", *architecture = "GemmaForCausalLM";

DecoderConfig read_config(JsonFields& fields) {
  // transformers reads hidden_act, whatever hidden_activation says: both must mean the one there is.
  const std::string other = fields.text("hidden_activation", "gelu_pytorch_tanh");
  if (other != "gelu_pytorch_tanh") fields.refuse("hidden_activation", "\"gelu_pytorch_tanh\"");
  const DecoderConfig c = read_gemma_config(fields, {.activation = "hidden_act"});
  read_no_windows(fields, c.num_hidden_layers);
  return c;
}

/// Gemma (Gemma team, "Gemma: open models based on Gemini research and technology", 2024).
class Gemma : public Decoder<> {
 public:
  Gemma(const DecoderConfig& config, const ModelOptions& options) : Decoder(model_type, config, options) {}

  Json::Object config_json() const override {
    return gemma_config_json(decoder_config(), model_type, architecture, "hidden_act");
  }
};

const RegisterModelFamily registered{
    {.model_type = model_type,
     .architecture = architecture,
     .make = [](JsonFields& config, const ModelOptions& options) -> std::unique_ptr<CausalLm> {
       return std::make_unique<Gemma>(read_config(config), options);
     }}};

}  // namespace
}  // namespace adora
