#include "decoder.h"
#include "family.h"
#include "head_norm_attention.h"
#include "layer_windows.h"

namespace adora {
namespace {

constexpr const char *model_type = "qwen3", *architecture = "Qwen3ForCausalLM";

/// Qwen3 (Yang et al., "Qwen3 technical report", 2025): Qwen2 with norms of queries and keys, and no biases.
DecoderConfig read_config(JsonFields& fields) {
  // Where they are absent transformers takes 32 and 128, whatever the other sizes.
  for (const char* name : {"num_key_value_heads", "head_dim"})
    if (!fields.mentions(name)) fields.refuse(name, "there");
  DecoderConfig c = read_decoder_config(
      fields, {.max_position_embeddings = 32768, .rms_norm_eps = 1e-6, .bos_token_id = 151643, .eos_token_id = {}});
  c.qkv_bias = c.o_bias = fields.boolean("attention_bias", false);
  c.windows = read_optional_windows(fields, c.num_hidden_layers);
  return c;
}

using Block = DecoderBlock<HeadNormAttention>;

class Qwen3 : public Decoder<Block> {
 public:
  Qwen3(const DecoderConfig& config, const ModelOptions& options) : Decoder(model_type, config, options) {}

  Json::Object config_json() const override {
    const DecoderConfig config = decoder_config();
    Json::Object json = decoder_config_json(config, model_type, architecture);
    json["attention_bias"] = config.qkv_bias;
    write_optional_windows(json, config);
    return json;
  }
};

const RegisterModelFamily registered{
    {.model_type = model_type,
     .architecture = architecture,
     .make = [](JsonFields& config, const ModelOptions& options) -> std::unique_ptr<CausalLm> {
       return std::make_unique<Qwen3>(read_config(config), options);
     }}};

}  // namespace
}  // namespace adora
