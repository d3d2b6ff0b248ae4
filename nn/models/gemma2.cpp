#include "family.h"
#include "gemma_config.h"
#include "layer_windows.h"
#include "sandwich_block.h"

namespace adora {
namespace {

constexpr const char *model_type = "gemma2", *architecture = "Gemma2ForCausalLM", *activation = "hidden_activation";

DecoderConfig read_config(JsonFields& fields) {
  DecoderConfig c = read_gemma_config(fields, {.activation = activation});
  read_gemma_scores(fields, c, {.attention = 50, .logits = 30});
  c.windows = read_windows(fields, c.num_hidden_layers,
                           {.usual_window = 4096, .slides = [](std::int64_t layer) { return layer % 2 == 0; }});
  return c;
}

/// Gemma 2 (Gemma team, "Gemma 2: improving open language models at a practical size", 2024): windows in every other
/// layer, capped scores and logits, norms before and after.
class Gemma2 : public Decoder<SandwichBlock<>> {
 public:
  Gemma2(const DecoderConfig& config, const ModelOptions& options) : Decoder(model_type, config, options) {}

  Json::Object config_json() const override {
    const DecoderConfig config = decoder_config();
    Json::Object json = gemma_config_json(config, model_type, architecture, activation);
    write_gemma_scores(json, config);
    json["sliding_window"] = sliding_window_json(config);
    json["layer_types"] = layer_types_json(config);
    return json;
  }
};

const RegisterModelFamily registered{
    {.model_type = model_type,
     .architecture = architecture,
     .make = [](JsonFields& config, const ModelOptions& options) -> std::unique_ptr<CausalLm> {
       return std::make_unique<Gemma2>(read_config(config), options);
     }}};

}  // namespace
}  // namespace adora
