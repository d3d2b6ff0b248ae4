#include "../../../../nn/models/config_keys.h"

#include "../../../../nn/models/family.h"
#include "../../../files.h"

using namespace adora;
using namespace adora::test;

namespace {

/// A config.json as it was published, and the parameters that the model has.
struct Published {
  const char* name;
  std::int64_t parameters;
  const char* json;
};

const std::vector<Published> published = {
    {"Llama 2 7B", 6738415616, R"({"_name_or_path": "meta-llama/Llama-2-7b-hf", "architectures": ["LlamaForCausalLM"],
      "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu", "hidden_size": 4096, "initializer_range": 0.02,
      "intermediate_size": 11008, "max_position_embeddings": 4096, "model_type": "llama", "num_attention_heads": 32,
      "num_hidden_layers": 32, "num_key_value_heads": 32, "pretraining_tp": 1, "rms_norm_eps": 1e-05,
      "rope_scaling": null, "tie_word_embeddings": false, "torch_dtype": "float16",
      "transformers_version": "4.31.0.dev0", "use_cache": true, "vocab_size": 32000})"},
    {"Llama 3 8B", 8030261248, R"({"architectures": ["LlamaForCausalLM"], "attention_bias": false,
      "attention_dropout": 0.0, "bos_token_id": 128000, "eos_token_id": 128001, "hidden_act": "silu",
      "hidden_size": 4096, "initializer_range": 0.02, "intermediate_size": 14336, "max_position_embeddings": 8192,
      "model_type": "llama", "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8,
      "pretraining_tp": 1, "rms_norm_eps": 1e-05, "rope_scaling": null, "rope_theta": 500000.0,
      "tie_word_embeddings": false, "torch_dtype": "bfloat16", "transformers_version": "4.40.0.dev0",
      "use_cache": true, "vocab_size": 128256})"},
    {"SmolLM2 135M", 134515008, R"({"architectures": ["LlamaForCausalLM"], "attention_bias": false,
      "attention_dropout": 0.0, "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu", "hidden_size": 576,
      "initializer_range": 0.041666666666666664, "intermediate_size": 1536, "is_llama_config": true,
      "max_position_embeddings": 8192, "mlp_bias": false, "model_type": "llama", "num_attention_heads": 9,
      "num_hidden_layers": 30, "num_key_value_heads": 3, "pad_token_id": 2, "pretraining_tp": 1,
      "rms_norm_eps": 1e-05, "rope_interleaved": false, "rope_scaling": null, "rope_theta": 100000,
      "tie_word_embeddings": true, "torch_dtype": "bfloat16", "transformers.js_config": {"kv_cache_dtype":
      {"q4f16": "float16", "fp16": "float16"}}, "transformers_version": "4.42.3", "use_cache": true,
      "vocab_size": 49152})"},
    {"GPT-2", 124439808, R"({"activation_function": "gelu_new", "architectures": ["GPT2LMHeadModel"],
      "attn_pdrop": 0.1, "bos_token_id": 50256, "embd_pdrop": 0.1, "eos_token_id": 50256, "initializer_range": 0.02,
      "layer_norm_epsilon": 1e-05, "model_type": "gpt2", "n_ctx": 1024, "n_embd": 768, "n_head": 12, "n_layer": 12,
      "n_positions": 1024, "resid_pdrop": 0.1, "summary_activation": null, "summary_first_dropout": 0.1,
      "summary_proj_to_labels": true, "summary_type": "cls_index", "summary_use_proj": true,
      "task_specific_params": {"text-generation": {"do_sample": true, "max_length": 50}}, "vocab_size": 50257})"},
    {"GPT-2 medium", 354823168, R"({"activation_function": "gelu_new", "architectures": ["GPT2LMHeadModel"],
      "attn_pdrop": 0.1, "bos_token_id": 50256, "embd_pdrop": 0.1, "eos_token_id": 50256, "initializer_range": 0.02,
      "layer_norm_epsilon": 1e-05, "model_type": "gpt2", "n_ctx": 1024, "n_embd": 1024, "n_head": 16, "n_layer": 24,
      "n_positions": 1024, "n_special": 0, "predict_special_tokens": true, "resid_pdrop": 0.1,
      "summary_activation": null, "summary_first_dropout": 0.1, "summary_proj_to_labels": true,
      "summary_type": "cls_index", "summary_use_proj": true,
      "task_specific_params": {"text-generation": {"do_sample": true, "max_length": 50}}, "vocab_size": 50257})"},
    {"DistilGPT-2", 81912576, R"({"_num_labels": 1, "activation_function": "gelu_new",
      "architectures": ["GPT2LMHeadModel"], "attn_pdrop": 0.1, "bos_token_id": 50256, "embd_pdrop": 0.1,
      "eos_token_id": 50256, "id2label": {"0": "LABEL_0"}, "initializer_range": 0.02, "label2id": {"LABEL_0": 0},
      "layer_norm_epsilon": 1e-05, "model_type": "gpt2", "n_ctx": 1024, "n_embd": 768, "n_head": 12, "n_layer": 6,
      "n_positions": 1024, "resid_pdrop": 0.1, "summary_activation": null, "summary_first_dropout": 0.1,
      "summary_proj_to_labels": true, "summary_type": "cls_index", "summary_use_proj": true,
      "task_specific_params": {"text-generation": {"do_sample": true, "max_length": 50}}, "vocab_size": 50257})"},
    {"Qwen2.5 0.5B", 494032768, R"({"architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0,
      "bos_token_id": 151643, "eos_token_id": 151643, "hidden_act": "silu", "hidden_size": 896,
      "initializer_range": 0.02, "intermediate_size": 4864, "max_position_embeddings": 32768, "max_window_layers": 24,
      "model_type": "qwen2", "num_attention_heads": 14, "num_hidden_layers": 24, "num_key_value_heads": 2,
      "rms_norm_eps": 1e-06, "rope_theta": 1000000.0, "sliding_window": 32768, "tie_word_embeddings": true,
      "torch_dtype": "bfloat16", "transformers_version": "4.40.1", "use_cache": true, "use_mrope": false,
      "use_sliding_window": false, "vocab_size": 151936})"}};

/// The error of a config.json with one key more, or nothing.
std::string error_with(Json::Object config, const std::string& key, const Json& value) {
  config[key] = value;
  return error_of([&] { make_model(config, "folder/config.json", {.device = meta}); });
}

}  // namespace

TEST_CASE("config.json as models were published with it has no key that is not known") {
  for (const Published& model : published) {
    INFO(model.name);
    std::int64_t parameters = 0;
    const Json config = Json::parse(model.json, model.name);
    for (const Tensor& x : make_model(config, model.name, {.device = meta})->parameters()) parameters += x.numel();
    CHECK(parameters == model.parameters);
  }
}

TEST_CASE("a key that no family knows is refused by name and file, unless it is null or false") {
  for (const Published& model : published) {
    INFO(model.name);
    const Json json = Json::parse(model.json, model.name);
    const Json::Object& config = *json.get<Json::Object>();
    for (const Json& value : {Json(true), Json(0.5), Json(0), Json("yes"), Json(Json::Array{}), Json(Json::Object{})})
      CHECK_THAT(error_with(config, "logit_scale", value),
                 ContainsSubstring("logit_scale is not known") && ContainsSubstring("folder/config.json"));
    CHECK_NOTHROW(make_model(config, "as it was", {.device = meta}));
    for (const Json& value : {Json(nullptr), Json(false)}) {
      Json::Object more = config;
      more["logit_scale"] = value;
      CHECK_NOTHROW(make_model(more, "config.json", {.device = meta}));
    }
    Json::Object two = config;
    two["logit_scale"] = two["final_logit_softcapping"] = 30.0;
    CHECK_THAT(error_of([&] { make_model(two, "config.json", {.device = meta}); }),
               ContainsSubstring("final_logit_softcapping, logit_scale are not known"));
  }
}

TEST_CASE("a key that is known and would change the result is refused by name") {
  const std::vector<std::pair<std::string, Json>> wrong = {
      {"quantization_config", Json::Object{{"bits", 4}}},
      {"pruned_heads", Json::Object{{"0", Json::Array{1}}}},
      {"is_encoder_decoder", true},
      {"is_causal", false},
      {"add_cross_attention", true},
  };
  for (const Published& model : published) {
    const Json json = Json::parse(model.json, model.name);
    const Json::Object& config = *json.get<Json::Object>();
    for (const auto& [key, value] : wrong) {
      INFO(model.name << ": " << key);
      CHECK_THAT(error_with(config, key, value), ContainsSubstring(key) && ContainsSubstring("folder/config.json"));
    }
    if (config.at("model_type") == Json("llama"))
      CHECK_THAT(error_with(config, "rope_interleaved", true), ContainsSubstring("rope_interleaved must be false"));
  }
}

TEST_CASE("a model of an unknown key takes no memory before it is refused") {
  const Json json = Json::parse(published.front().json, "Llama 2 7B");
  Json::Object config = *json.get<Json::Object>();
  config["logit_scale"] = 0.5;
  reset_peak_memory();
  const auto before = memory_stats().peak;
  CHECK_THAT(error_of([&] { make_model(config, "config.json"); }), ContainsSubstring("logit_scale"));
  CHECK(memory_stats().peak - before < 1 << 20);
}
