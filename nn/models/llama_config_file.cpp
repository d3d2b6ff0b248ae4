#include "llama_config_file.h"

#include <algorithm>
#include <filesystem>

#include "../../core/error.h"
#include "../io/atomic_file.h"
#include "../io/file.h"
#include "../io/json_fields.h"
#include "../io/json_file.h"

namespace adora {
namespace {

/// Refuses a field unless it is absent or the only value that a Llama here can have.
void only(JsonFields& fields, const char* name, const Json& wanted) {
  const Json* found = fields.find(name);
  if (found && *found != wanted) {
    fields.refuse(name, fmt::format("{} for a Llama here", wanted.is_null() ? "null" : brief(wanted)));
  }
}

void only_number(JsonFields& fields, const char* name, double wanted) {
  if (fields.number(name, -1e30, 1e30, wanted) != wanted)
    fields.refuse(name, fmt::format("{} for a Llama here", wanted));
}

/// The one kind of rope there is: `type` under its older or newer name.
void check_rope(JsonFields& rope) {
  for (const char* name : {"rope_type", "type"}) only(rope, name, "default");
  only_number(rope, "partial_rotary_factor", 1);
  rope.find("rope_theta");
  auto others = rope.unread();
  if (!others.empty()) fail("{}: {} is not supported", rope.where(), shortened(others.front()));
}

double read_rope(JsonFields& fields) {
  double theta = fields.number("rope_theta", 1e-3, 1e12, 10000.0);
  for (const char* name : {"rope_scaling", "rope_parameters"}) {
    const Json* json = fields.find(name);
    if (!json) continue;
    JsonFields rope(*json, fields.where() + ": " + name);
    theta = rope.number("rope_theta", 1e-3, 1e12, theta);
    check_rope(rope);
  }
  only_number(fields, "partial_rotary_factor", 1);
  return theta;
}

std::vector<std::int64_t> token_ids(JsonFields& fields, const char* name, std::int64_t vocab_size,
                                    std::vector<std::int64_t> fallback) {
  const Json* found = fields.find(name);
  if (!found) return fallback;
  std::vector<std::int64_t> ids;
  auto take = [&](const Json& json) {
    auto* id = json.get<std::int64_t>();
    if (!id || *id < 0 || *id >= vocab_size) {
      fields.refuse(name, fmt::format("a token number below vocab_size ({}), or a list of them", vocab_size));
    }
    ids.push_back(*id);
  };
  if (auto* list = found->get<Json::Array>()) std::for_each(list->begin(), list->end(), take);
  else take(*found);
  return ids.empty() ? fallback : ids;
}

void check_architecture(JsonFields& fields) {
  std::string type = fields.text("model_type", "llama");
  auto architectures = fields.texts("architectures");
  if (type != "llama") fields.refuse("model_type", "\"llama\"");
  if (!architectures.empty() &&
      std::find(architectures.begin(), architectures.end(), "LlamaForCausalLM") == architectures.end()) {
    fields.refuse("architectures", "[\"LlamaForCausalLM\"]");
  }
  if (!fields.has("model_type") && architectures.empty()) fields.refuse("model_type", "\"llama\"");
}

}  // namespace

LlamaConfig read_llama_config(const std::string& path) {
  std::string file = is_folder(path) ? (std::filesystem::path(path) / "config.json").string() : path;
  Json json = read_json_file(file, 1 << 20);
  JsonFields fields(json, file);
  check_architecture(fields);

  LlamaConfig c;
  auto size = [&](const char* name, std::int64_t high, std::optional<std::int64_t> fallback = {}) {
    return fields.integer(name, 1, high, fallback);
  };
  c.vocab_size = size("vocab_size", largest_vocabulary);
  c.hidden_size = size("hidden_size", 1 << 20);
  c.intermediate_size = size("intermediate_size", 1 << 22);
  c.num_hidden_layers = size("num_hidden_layers", 4096);
  c.num_attention_heads = size("num_attention_heads", 1 << 14);
  c.num_key_value_heads = size("num_key_value_heads", c.num_attention_heads, c.num_attention_heads);
  check(fields.has("head_dim") || c.hidden_size % c.num_attention_heads == 0,
        "{}: hidden_size ({}) must be a multiple of num_attention_heads ({}) where there is no head_dim", file,
        c.hidden_size, c.num_attention_heads);
  c.head_dim = size("head_dim", 1 << 14, c.hidden_size / c.num_attention_heads);
  c.max_position_embeddings = size("max_position_embeddings", std::int64_t{1} << 31, 2048);
  c.rms_norm_eps = fields.number("rms_norm_eps", 1e-30, 1, 1e-6);
  c.rope_theta = read_rope(fields);
  c.tie_word_embeddings = fields.boolean("tie_word_embeddings", false);
  c.attention_bias = fields.boolean("attention_bias", false);
  c.mlp_bias = fields.boolean("mlp_bias", false);
  c.initializer_range = fields.number("initializer_range", 0, 100, 0.02);
  c.bos_token_id = token_ids(fields, "bos_token_id", c.vocab_size, {c.bos_token_id}).front();
  c.eos_token_id = token_ids(fields, "eos_token_id", c.vocab_size, c.eos_token_id);
  std::string activation = fields.text("hidden_act", "silu");
  if (activation != "silu" && activation != "swish") fields.refuse("hidden_act", "\"silu\"");
  only_number(fields, "attention_dropout", 0);
  for (const char* name : {"quantization_config", "sliding_window", "layer_types"}) only(fields, name, nullptr);
  check_llama_config(c, file);
  return c;
}

void write_llama_config(const std::string& path, const LlamaConfig& c, const std::string& dtype) {
  AtomicFile file(path);
  write_llama_config(file, c, dtype);
  file.commit();
}

void write_llama_config(AtomicFile& file, const LlamaConfig& c, const std::string& dtype) {
  check_llama_config(c, file.path());
  Json::Array eos(c.eos_token_id.begin(), c.eos_token_id.end());
  write_json_file(file, Json::Object{
                            {"architectures", Json::Array{"LlamaForCausalLM"}},
                            {"model_type", "llama"},
                            {"vocab_size", c.vocab_size},
                            {"hidden_size", c.hidden_size},
                            {"intermediate_size", c.intermediate_size},
                            {"num_hidden_layers", c.num_hidden_layers},
                            {"num_attention_heads", c.num_attention_heads},
                            {"num_key_value_heads", c.num_key_value_heads},
                            {"head_dim", c.head_dim},
                            {"max_position_embeddings", c.max_position_embeddings},
                            {"rms_norm_eps", c.rms_norm_eps},
                            {"rope_theta", c.rope_theta},
                            {"rope_scaling", nullptr},
                            {"hidden_act", "silu"},
                            {"tie_word_embeddings", c.tie_word_embeddings},
                            {"attention_bias", c.attention_bias},
                            {"mlp_bias", c.mlp_bias},
                            {"initializer_range", c.initializer_range},
                            {"bos_token_id", c.bos_token_id},
                            {"eos_token_id", eos.size() == 1 ? eos.front() : Json(eos)},
                            {"torch_dtype", dtype},
                        });
}

namespace {

struct NamedConfig {
  const char* name;
  LlamaConfig config;
};

const std::vector<NamedConfig>& named_configs() {
  static const std::vector<NamedConfig> configs = [] {
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
    return std::vector<NamedConfig>{
        {"llama-7b", llama7}, {"llama-13b", llama13}, {"llama2-7b", llama2}, {"llama3-8b", llama3}};
  }();
  return configs;
}

}  // namespace

std::vector<std::string> llama_config_names() {
  std::vector<std::string> names;
  for (const NamedConfig& row : named_configs()) names.push_back(row.name);
  return names;
}

LlamaConfig named_llama_config(const std::string& name) {
  std::string names;
  for (const NamedConfig& row : named_configs()) {
    if (row.name == name) return row.config;
    names += (names.empty() ? "" : ", ") + std::string(row.name);
  }
  fail("there is no built-in config \"{}\"; there are {}", name, names);
}

}  // namespace adora
