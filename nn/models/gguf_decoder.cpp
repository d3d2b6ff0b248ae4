#include "../../core/error.h"
#include "config_keys.h"
#include "gguf_architecture.h"
#include "gguf_rope.h"

namespace adora {
namespace {

/// Tokens by their keys, those that the file doesn't have left out.
Json::Array token_ids(JsonFields& keys, std::initializer_list<const char*> names) {
  Json::Array ids;
  for (const char* name : names) {
    if (!keys.has(name)) continue;
    const Json id = keys.integer(name, 0, INT32_MAX);
    if (ids.empty() || ids.front() != id) ids.push_back(id);
  }
  return ids;
}

}  // namespace

Json::Object read_gguf_decoder_config(JsonFields& fields, const GgufReader& file, const GgufArchitecture& architecture,
                                      const std::string& hugging_face_class) {
  const GgufKeys keys(fields, architecture.name);
  const std::int64_t width = keys.size("embedding_length"), heads = keys.size("attention.head_count");
  check(fields.has(keys["attention.key_length"]) || width % heads == 0, "{}: {} ({}) must be a multiple of {} ({})",
        file.path(), keys["embedding_length"], width, keys["attention.head_count"], heads);
  const std::int64_t head_dim = keys.size("attention.key_length", width / heads);
  keys.only("attention.value_length", head_dim);
  keys.only("rope.dimension_count", head_dim);
  const Shape& embedding = file.shape("token_embd.weight");
  check(embedding.size() == 2, "{}: tensor \"token_embd.weight\" must be a matrix, not of shape {}", file.path(),
        embedding);
  keys.only("vocab_size", embedding[0]);
  // A file may say of what it doesn't have that there is none of it.
  for (const char* none : {"expert_count", "expert_used_count", "attention.sliding_window"})
    keys.only(none, std::int64_t{0});
  // How the file's weights came about; they lie as all of the architecture's do.
  ignore_keys(fields, {keys["tensor_data_layout"].c_str()});
  Json::Object config{
      {"architectures", Json::Array{hugging_face_class}},
      {"model_type", architecture.model_type},
      {"vocab_size", embedding[0]},
      {"hidden_size", width},
      {"intermediate_size", keys.size("feed_forward_length")},
      {"num_hidden_layers", keys.size("block_count")},
      {"num_attention_heads", heads},
      {"num_key_value_heads", keys.size("attention.head_count_kv", heads)},
      {"head_dim", head_dim},
      {"max_position_embeddings", keys.size("context_length")},
      {"rms_norm_eps", keys.number("attention.layer_norm_rms_epsilon", 1e-30, 1)},
      {"rope_theta", keys.number("rope.freq_base", 1e-3, 1e12, 10000)},
      {"rope_scaling", read_gguf_rope_scaling(keys, file, head_dim, architecture.reads_rope_factors)},
      {"hidden_act", "silu"},
      {"tie_word_embeddings", !file.contains("output.weight")},
  };
  const Json::Array bos = token_ids(fields, {"tokenizer.ggml.bos_token_id"});
  const Json::Array eos = token_ids(fields, {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id"});
  if (!bos.empty()) config["bos_token_id"] = bos.front();
  if (!eos.empty()) config["eos_token_id"] = eos.size() == 1 ? eos.front() : Json(eos);
  return config;
}

void write_gguf_decoder_config(JsonFields& config, GgufWriter& file, const GgufArchitecture& architecture) {
  const std::string& name = architecture.name;
  auto copy = [&](const char* key, const char* field) { file.u32(name + "." + key, read_size(config, field)); };
  copy("vocab_size", "vocab_size");
  copy("context_length", "max_position_embeddings");
  copy("embedding_length", "hidden_size");
  copy("block_count", "num_hidden_layers");
  copy("feed_forward_length", "intermediate_size");
  copy("attention.head_count", "num_attention_heads");
  copy("attention.head_count_kv", "num_key_value_heads");
  for (const char* key : {"attention.key_length", "attention.value_length", "rope.dimension_count"})
    copy(key, "head_dim");
  file.f32(name + ".attention.layer_norm_rms_epsilon", config.number("rms_norm_eps", 0, 1));
  write_gguf_rope_scaling(config, file, name, architecture.reads_rope_factors);
}

std::vector<GgufTensorName> gguf_decoder_tensors(bool interleaved) {
  std::vector<GgufTensorName> names{{"token_embd.weight", "model.embed_tokens.weight"},
                                    {"output_norm.weight", "model.norm.weight"},
                                    {"output.weight", "lm_head.weight"},
                                    {"blk.*.attn_norm.weight", "model.layers.*.input_layernorm.weight"},
                                    {"blk.*.ffn_norm.weight", "model.layers.*.post_attention_layernorm.weight"}};
  const std::pair<const char*, const char*> linears[]{
      {"attn_q", "self_attn.q_proj"}, {"attn_k", "self_attn.k_proj"},      {"attn_v", "self_attn.v_proj"},
      {"ffn_gate", "mlp.gate_proj"},  {"attn_output", "self_attn.o_proj"}, {"ffn_up", "mlp.up_proj"},
      {"ffn_down", "mlp.down_proj"}};
  for (const auto& [gguf, hugging_face] : linears) {
    const std::string part = gguf;
    const char* heads = !interleaved       ? ""
                        : part == "attn_q" ? "num_attention_heads"
                        : part == "attn_k" ? "num_key_value_heads"
                                           : "";
    for (const char* kind : {".weight", ".bias"})
      names.push_back({"blk.*." + part + kind, std::string("model.layers.*.") + hugging_face + kind, heads});
  }
  return names;
}

}  // namespace adora
