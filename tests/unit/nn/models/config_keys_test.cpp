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
    {"LLaMA 7B, as its first folders spell it", 6738415616, R"({"architectures": ["LLaMAForCausalLM"], "bos_token_id": 0,
      "eos_token_id": 1, "hidden_act": "silu", "hidden_size": 4096, "intermediate_size": 11008,
      "initializer_range": 0.02, "max_sequence_length": 2048, "model_type": "llama", "num_attention_heads": 32,
      "num_hidden_layers": 32, "pad_token_id": -1, "rms_norm_eps": 1e-06, "torch_dtype": "float16",
      "transformers_version": "4.27.0.dev0", "use_cache": true, "vocab_size": 32000})"},
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
      "use_sliding_window": false, "vocab_size": 151936})"},
    {"Llama 3.2 1B", 1235814400, R"({"architectures": ["LlamaForCausalLM"], "attention_bias": false,
      "attention_dropout": 0.0, "bos_token_id": 128000, "eos_token_id": 128001, "head_dim": 64, "hidden_act": "silu",
      "hidden_size": 2048, "initializer_range": 0.02, "intermediate_size": 8192, "max_position_embeddings": 131072,
      "mlp_bias": false, "model_type": "llama", "num_attention_heads": 32, "num_hidden_layers": 16,
      "num_key_value_heads": 8, "pretraining_tp": 1, "rms_norm_eps": 1e-05, "rope_scaling": {"factor": 32.0,
      "high_freq_factor": 4.0, "low_freq_factor": 1.0, "original_max_position_embeddings": 8192, "rope_type": "llama3"},
      "rope_theta": 500000.0, "tie_word_embeddings": true, "torch_dtype": "bfloat16", "transformers_version":
      "4.45.0.dev0", "use_cache": true, "vocab_size": 128256})"},
    {"Mistral 7B", 7241732096, R"({"architectures": ["MistralForCausalLM"], "bos_token_id": 1, "eos_token_id": 2,
      "hidden_act": "silu", "hidden_size": 4096, "initializer_range": 0.02, "intermediate_size": 14336,
      "max_position_embeddings": 32768, "model_type": "mistral", "num_attention_heads": 32, "num_hidden_layers": 32,
      "num_key_value_heads": 8, "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "sliding_window": 4096,
      "tie_word_embeddings": false, "torch_dtype": "bfloat16", "transformers_version": "4.34.0.dev0",
      "use_cache": true, "vocab_size": 32000})"},
    {"Qwen3 0.6B", 596049920, R"({"architectures": ["Qwen3ForCausalLM"], "attention_bias": false,
      "attention_dropout": 0.0, "bos_token_id": 151643, "eos_token_id": 151645, "head_dim": 128, "hidden_act": "silu",
      "hidden_size": 1024, "initializer_range": 0.02, "intermediate_size": 3072, "max_position_embeddings": 40960,
      "max_window_layers": 28, "model_type": "qwen3", "num_attention_heads": 16, "num_hidden_layers": 28,
      "num_key_value_heads": 8, "rms_norm_eps": 1e-06, "rope_scaling": null, "rope_theta": 1000000,
      "sliding_window": null, "tie_word_embeddings": true, "torch_dtype": "bfloat16", "transformers_version":
      "4.51.0", "use_cache": true, "use_sliding_window": false, "vocab_size": 151936})"},
    {"Gemma 2B", 2506172416, R"({"architectures": ["GemmaForCausalLM"], "attention_bias": false,
      "attention_dropout": 0.0, "bos_token_id": 2, "eos_token_id": 1, "head_dim": 256, "hidden_act": "gelu",
      "hidden_activation": null, "hidden_size": 2048, "initializer_range": 0.02, "intermediate_size": 16384,
      "max_position_embeddings": 8192, "model_type": "gemma", "num_attention_heads": 8, "num_hidden_layers": 18,
      "num_key_value_heads": 1, "pad_token_id": 0, "rms_norm_eps": 1e-06, "rope_scaling": null, "rope_theta": 10000.0,
      "torch_dtype": "bfloat16", "transformers_version": "4.38.0.dev0", "use_cache": true, "vocab_size": 256000})"},
    {"Gemma 2 2B", 2614341888, R"({"architectures": ["Gemma2ForCausalLM"], "attention_bias": false,
      "attention_dropout": 0.0, "attn_logit_softcapping": 50.0, "bos_token_id": 2, "cache_implementation": "hybrid",
      "eos_token_id": [1, 107], "final_logit_softcapping": 30.0, "head_dim": 256, "hidden_act": "gelu_pytorch_tanh",
      "hidden_activation": "gelu_pytorch_tanh", "hidden_size": 2304, "initializer_range": 0.02,
      "intermediate_size": 9216, "max_position_embeddings": 8192, "model_type": "gemma2", "num_attention_heads": 8,
      "num_hidden_layers": 26, "num_key_value_heads": 4, "pad_token_id": 0, "query_pre_attn_scalar": 256,
      "rms_norm_eps": 1e-06, "rope_theta": 10000.0, "sliding_window": 4096, "torch_dtype": "bfloat16",
      "transformers_version": "4.42.4", "use_cache": true, "vocab_size": 256000})"},
    {"Gemma 3 1B", 999885952, R"({"architectures": ["Gemma3ForCausalLM"], "attention_bias": false,
      "attention_dropout": 0.0, "attn_logit_softcapping": null, "bos_token_id": 2, "cache_implementation": "hybrid",
      "eos_token_id": [1, 106], "final_logit_softcapping": null, "head_dim": 256,
      "hidden_activation": "gelu_pytorch_tanh", "hidden_size": 1152, "initializer_range": 0.02,
      "intermediate_size": 6912, "max_position_embeddings": 32768, "model_type": "gemma3_text",
      "num_attention_heads": 4, "num_hidden_layers": 26, "num_key_value_heads": 1, "pad_token_id": 0,
      "query_pre_attn_scalar": 256, "rms_norm_eps": 1e-06, "rope_local_base_freq": 10000, "rope_scaling": null,
      "rope_theta": 1000000, "sliding_window": 512, "sliding_window_pattern": 6, "torch_dtype": "bfloat16",
      "transformers_version": "4.50.0.dev0", "use_cache": true, "vocab_size": 262144})"},
    {"Phi-3 mini 4k", 3821079552, R"({"architectures": ["Phi3ForCausalLM"], "attention_bias": false,
      "attention_dropout": 0.0, "auto_map": {"AutoConfig": "configuration_phi3.Phi3Config"}, "bos_token_id": 1,
      "embd_pdrop": 0.0, "eos_token_id": 32000, "hidden_act": "silu", "hidden_size": 3072, "initializer_range": 0.02,
      "intermediate_size": 8192, "max_position_embeddings": 4096, "model_type": "phi3", "num_attention_heads": 32,
      "num_hidden_layers": 32, "num_key_value_heads": 32, "original_max_position_embeddings": 4096,
      "pad_token_id": 32000, "resid_pdrop": 0.0, "rms_norm_eps": 1e-05, "rope_scaling": null, "rope_theta": 10000.0,
      "sliding_window": 2047, "tie_word_embeddings": false, "torch_dtype": "bfloat16",
      "transformers_version": "4.40.2", "use_cache": true, "vocab_size": 32064})"},
    {"OLMo 2 1B", 1484916736, R"({"architectures": ["Olmo2ForCausalLM"], "attention_bias": false,
      "attention_dropout": 0.0, "eos_token_id": 100257, "hidden_act": "silu", "hidden_size": 2048,
      "initializer_range": 0.02, "intermediate_size": 8192, "max_position_embeddings": 4096, "model_type": "olmo2",
      "num_attention_heads": 16, "num_hidden_layers": 16, "num_key_value_heads": 16, "pad_token_id": 100277,
      "rms_norm_eps": 1e-06, "rope_scaling": null, "rope_theta": 500000, "tie_word_embeddings": false,
      "torch_dtype": "float32", "transformers_version": "4.49.0", "use_cache": true, "vocab_size": 100352})"},
    {"Pythia 160M", 162322944, R"({"architectures": ["GPTNeoXForCausalLM"], "bos_token_id": 0, "eos_token_id": 0,
      "hidden_act": "gelu", "hidden_size": 768, "initializer_range": 0.02, "intermediate_size": 3072,
      "layer_norm_eps": 1e-05, "max_position_embeddings": 2048, "model_type": "gpt_neox", "num_attention_heads": 12,
      "num_hidden_layers": 12, "rotary_emb_base": 10000, "rotary_pct": 0.25, "tie_word_embeddings": false,
      "torch_dtype": "float16", "transformers_version": "4.24.0", "use_cache": true, "use_parallel_residual": true,
      "vocab_size": 50304})"}};

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
    two["logit_scale"] = two["final_logit_cap"] = 30.0;
    CHECK_THAT(error_of([&] { make_model(two, "config.json", {.device = meta}); }),
               ContainsSubstring("final_logit_cap, logit_scale are not known"));
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

TEST_CASE("gelu means tanh's approximation in the first Gemma's files alone, and is refused in the later ones") {
  for (const Published& model : published) {
    const Json json = Json::parse(model.json, model.name);
    const Json::Object& config = *json.get<Json::Object>();
    const std::string type = *config.at("model_type").get<std::string>();
    INFO(model.name);
    if (type == "gemma") {
      Json::Object older = config;
      older["hidden_act"] = "gelu";
      CHECK_NOTHROW(make_model(older, "config.json", {.device = meta}));
    }
    if (type == "gemma2" || type == "gemma3_text")
      CHECK_THAT(error_with(config, "hidden_activation", "gelu"), ContainsSubstring("hidden_activation"));
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
