#include "llama.h"

#include "../../core/error.h"
#include "config_keys.h"
#include "family.h"
#include "layer_windows.h"

namespace adora {
namespace {

constexpr const char *model_type = "llama", *architecture = "LlamaForCausalLM";

const LlamaConfig& with_like_biases(const LlamaConfig& config) {
  check(config.qkv_bias == config.o_bias, "{}: qkv_bias and o_bias must be the same: attention_bias means both",
        model_type);
  return config;
}

}  // namespace

LlamaConfig read_llama_config(JsonFields& fields) {
  LlamaConfig c = read_decoder_config(fields, {.rms_norm_eps = 1e-6});
  c.qkv_bias = c.o_bias = fields.boolean("attention_bias", false);
  c.mlp_bias = fields.boolean("mlp_bias", false);
  read_no_windows(fields, c.num_hidden_layers);
  // Of SmolLM2's: pairs of neighbors are turned, not of halves.
  read_only(fields, "rope_interleaved", false);
  // Products taken in slices, and a mark of the program that trained SmolLM2.
  ignore_keys(fields, {"pretraining_tp", "is_llama_config"});
  return c;
}

Json::Object llama_config_json(const LlamaConfig& config) {
  Json::Object json = decoder_config_json(with_like_biases(config), model_type, architecture);
  json["attention_bias"] = config.qkv_bias;
  json["mlp_bias"] = config.mlp_bias;
  return json;
}

Llama::Llama(const LlamaConfig& config, const ModelOptions& options)
    : Decoder(model_type, with_like_biases(config), options) {}

namespace {

/// The config.json of models that were published.
std::vector<std::pair<std::string, Json>> published() {
  LlamaConfig llama7 = {.max_position_embeddings = 2048, .rms_norm_eps = 1e-6};
  LlamaConfig llama13 = llama7;
  llama13.hidden_size = 5120;
  llama13.intermediate_size = 13824;
  llama13.num_hidden_layers = 40;
  llama13.num_attention_heads = llama13.num_key_value_heads = 40;
  LlamaConfig llama2 = {.max_position_embeddings = 4096, .rms_norm_eps = 1e-5};
  LlamaConfig llama3 = {.vocab_size = 128256,
                        .intermediate_size = 14336,
                        .num_key_value_heads = 8,
                        .max_position_embeddings = 8192,
                        .rms_norm_eps = 1e-5,
                        .rope_theta = 500000,
                        .bos_token_id = 128000,
                        .eos_token_id = {128001}};
  return {{"llama-7b", llama_config_json(llama7)},
          {"llama-13b", llama_config_json(llama13)},
          {"llama2-7b", llama_config_json(llama2)},
          {"llama3-8b", llama_config_json(llama3)}};
}

const RegisterModelFamily registered{
    {.model_type = model_type,
     .architecture = architecture,
     .make = [](JsonFields& config, const ModelOptions& options) -> std::unique_ptr<CausalLm> {
       return std::make_unique<Llama>(read_llama_config(config), options);
     },
     .published = published()}};

}  // namespace

}  // namespace adora
