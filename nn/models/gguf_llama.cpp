#include "../../core/error.h"
#include "config_keys.h"
#include "gguf_architecture.h"

namespace adora {
namespace {

extern const GgufArchitecture llama;

/// Also of Mistral's models and others that compute as Llama does.
Json::Object read(JsonFields& keys, const GgufReader& file) {
  Json::Object config = read_gguf_decoder_config(keys, file, llama, "LlamaForCausalLM");
  // Whether all layers have the biases is seen when their tensors are taken.
  config["attention_bias"] = file.contains("blk.0.attn_q.bias");
  config["mlp_bias"] = file.contains("blk.0.ffn_down.bias");
  return config;
}

void write(JsonFields& config, GgufWriter& file) { write_gguf_decoder_config(config, file, llama); }

const GgufArchitecture llama{.name = "llama",
                             .model_type = "llama",
                             .config = read,
                             .write = write,
                             .tensors = gguf_decoder_tensors(true),
                             .reads_rope_factors = true};
const RegisterGgufArchitecture registered{llama};

}  // namespace
}  // namespace adora
