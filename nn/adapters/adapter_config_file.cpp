#include "adapter_config_file.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "../../core/error.h"
#include "../io/atomic_file.h"
#include "../io/file.h"
#include "../io/json_fields.h"
#include "../io/json_file.h"

namespace adora {
namespace {

constexpr std::int64_t largest_rank = 1 << 20;
constexpr std::size_t longest_pattern = 1000;

/// Whether an option with this value does nothing.
bool is_off(const Json& json) {
  if (auto* flag = json.get<bool>()) return !*flag;
  if (auto* text = json.get<std::string>()) return text->empty();
  if (auto* list = json.get<Json::Array>()) return list->empty();
  if (auto* object = json.get<Json::Object>()) return object->empty();
  return json.is_null();
}

void check_pattern(JsonFields& fields, const std::string& name, const std::string& pattern) {
  check(pattern.size() <= longest_pattern, "{}: {}: a pattern of {} characters is longer than {}", fields.where(), name,
        pattern.size(), longest_pattern);
}

void read_targets(JsonFields& fields, AdapterConfig& config) {
  const Json* json = fields.find("target_modules");
  if (json && json->get<std::string>()) {
    config.target_regex = *json->get<std::string>();
    check_pattern(fields, "target_modules", config.target_regex);
    if (config.target_regex.empty()) fields.refuse("target_modules", "a list of modules' names or a pattern");
  } else {
    config.target_modules = fields.texts("target_modules");
    if (config.target_modules.empty()) fields.refuse("target_modules", "a list of modules' names or a pattern");
  }
  if (const Json* exclude = fields.find("exclude_modules"); exclude && !is_off(*exclude)) {
    if (exclude->get<std::string>())
      fields.refuse("exclude_modules", "a list of modules' names (a pattern is not supported)");
    config.exclude_modules = fields.texts("exclude_modules");
  }
}

void read_layers(JsonFields& fields, AdapterConfig& config) {
  const Json* json = fields.find("layers_to_transform");
  auto take = [&](const Json& item) {
    auto* layer = item.get<std::int64_t>();
    if (!layer || *layer < 0) fields.refuse("layers_to_transform", "a layer's number from 0 or a list of them");
    config.layers_to_transform.push_back(*layer);
  };
  if (json) {
    if (auto* list = json->get<Json::Array>()) std::for_each(list->begin(), list->end(), take);
    else take(*json);
  }
  if (const Json* pattern = fields.find("layers_pattern"); pattern && !is_off(*pattern)) {
    auto* text = pattern->get<std::string>();
    auto* list = pattern->get<Json::Array>();
    bool layers = (text && *text == "layers") || (list && list->size() == 1 && list->front() == Json("layers"));
    if (!layers) fields.refuse("layers_pattern", "\"layers\"");
  }
}

void read_patterns(JsonFields& fields, AdapterConfig& config) {
  for (const char* name : {"rank_pattern", "alpha_pattern"}) {
    const Json* json = fields.find(name);
    if (!json) continue;
    JsonFields patterns(*json, fields.where() + ": " + name);
    for (const std::string& key : patterns.unread()) {
      check_pattern(fields, name, key);
      if (name[0] == 'r') config.rank_pattern[key] = patterns.integer(key, 1, largest_rank);
      else config.alpha_pattern[key] = patterns.number(key, 0, 1e9);
    }
  }
}

void read_lora(JsonFields& fields, AdapterConfig& config) {
  config.kind = fields.boolean("use_dora", false) ? AdapterKind::dora : AdapterKind::lora;
  config.rank = fields.integer("r", 1, largest_rank, 8);
  config.alpha = fields.number("lora_alpha", 0, 1e9, 8.0);
  config.dropout = fields.number("lora_dropout", 0, 0.999, 0.0);
  config.use_rslora = fields.boolean("use_rslora", false);
  read_patterns(fields, config);
  // Other ways to begin change the base model's weights, which an adapter's file does not hold.
  if (const Json* init = fields.find("init_lora_weights")) {
    auto* text = init->get<std::string>();
    if (!init->get<bool>() && !(text && (*text == "gaussian" || *text == "orthogonal" || *text == "eva"))) {
      fields.refuse("init_lora_weights", "true, false, \"gaussian\", \"orthogonal\" or \"eva\"");
    }
  }
  // These say nothing unless another option is on, or only how training began.
  for (const char* name : {"megatron_core", "qalora_group_size", "eva_config", "runtime_config"}) fields.find(name);
}

void read_vera(JsonFields& fields, AdapterConfig& config) {
  config.kind = AdapterKind::vera;
  config.rank = fields.integer("r", 1, largest_rank, 256);
  config.alpha = static_cast<double>(config.rank);
  config.dropout = fields.number("vera_dropout", 0, 0.999, 0.0);
  config.d_initial = fields.number("d_initial", -1e6, 1e6, 0.1);
  config.projection_prng_key = fields.integer("projection_prng_key", INT64_MIN, INT64_MAX, 0);
  if (!fields.boolean("save_projection", true)) {
    fields.refuse("save_projection", "true: the shared matrices are read from the file, not drawn again");
  }
  fields.boolean("init_weights", true);
}

/// What PEFT has no word for.
void read_own(JsonFields& own, AdapterConfig& config) {
  config.magnitude_modules = own.texts("magnitude_modules");
  if (own.has("target_modules")) read_targets(own, config);
  if (config.kind == AdapterKind::magnitude) {
    config.rank = own.integer("r", 0, largest_rank, config.rank);
    config.alpha = own.number("lora_alpha", 0, 1e9, config.alpha);
    read_patterns(own, config);
  }
  for (const std::string& name : own.unread()) fail("{}: {} is not known", own.where(), shortened(name));
}

void read_method(JsonFields& fields, AdapterConfig& config) {
  static const Json nothing = Json::Object();
  const Json* field = fields.find("adora");
  JsonFields own(field ? *field : nothing, fields.where() + ": adora");
  std::string type = fields.text("peft_type");
  std::string method = own.text("method", type == "VERA" ? "vera" : "lora");
  const std::optional<AdapterKind> kind = adapter_kind(method);
  if (!kind) own.refuse("method", "lora, dora, magnitude, vera or dvora");
  if (type != "LORA" && type != "VERA" && !(type == "ADORA" && own.has("method"))) {
    fields.refuse("peft_type", "\"LORA\" or \"VERA\"");
  }
  if ((type == "LORA" && is_vera(*kind)) || (type == "VERA" && *kind != AdapterKind::vera)) {
    own.refuse("method", "one that goes with peft_type " + type);
  }
  if (is_vera(*kind)) read_vera(fields, config);
  else read_lora(fields, config);
  if (own.has("method")) config.kind = *kind;
  read_targets(fields, config);
  read_own(own, config);
}

Json number_of(double value) {
  return value == std::floor(value) && std::abs(value) < 1e15 ? Json(static_cast<std::int64_t>(value)) : Json(value);
}

Json list_of(const std::vector<std::string>& names) { return Json::Array(names.begin(), names.end()); }

template <class T> Json patterns_of(const std::map<std::string, T>& patterns) {
  Json::Object object;
  for (const auto& [key, value] : patterns) object[key] = number_of(static_cast<double>(value));
  return object;
}

Json targets_of(const AdapterConfig& config) {
  return config.target_regex.empty() ? list_of(config.target_modules) : Json(config.target_regex);
}

/// The targets that PEFT has to see: those whose magnitude alone is trained are to it DoRA's too.
Json all_targets_of(const AdapterConfig& config) {
  if (config.target_regex.empty()) {
    std::vector<std::string> names = config.target_modules;
    for (const std::string& name : config.magnitude_modules) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    return list_of(names);
  }
  if (config.magnitude_modules.empty()) return config.target_regex;
  check(config.target_regex != "all-linear", "magnitude_modules beside all-linear: every module is a target already");
  std::string regex = "(" + config.target_regex + ")";
  for (const std::string& name : config.magnitude_modules) {
    regex += "|(.*\\.)?";
    for (char c : name) regex += c == '.' ? "\\." : std::string(1, c);
  }
  return regex;
}

}  // namespace

AdapterConfig read_adapter_config(const std::string& path) {
  std::string file = is_folder(path) ? (std::filesystem::path(path) / "adapter_config.json").string() : path;
  Json json = read_json_file(file, 4 << 20);
  JsonFields fields(json, file);
  AdapterConfig config;
  read_method(fields, config);
  read_layers(fields, config);
  config.base_model_name_or_path = fields.text("base_model_name_or_path", "");
  if (fields.text("bias", "none") != "none") fields.refuse("bias", "\"none\"");
  if (fields.text("task_type", "CAUSAL_LM") != "CAUSAL_LM") fields.refuse("task_type", "\"CAUSAL_LM\"");
  for (const char* name : {"auto_mapping", "inference_mode", "peft_version", "revision"}) fields.find(name);
  for (const std::string& name : fields.unread()) {
    if (const Json* json = fields.find(name); json && !is_off(*json))
      fail("{}: {} is set, which is not supported", file, shortened(name));
  }
  return config;
}

namespace {

void add_vera(Json::Object& object, const AdapterConfig& config) {
  object["vera_dropout"] = config.dropout;
  object["d_initial"] = config.d_initial;
  object["projection_prng_key"] = config.projection_prng_key;
  object["save_projection"] = true;
  object["init_weights"] = true;
}

void add_lora(Json::Object& object, const AdapterConfig& config) {
  object["lora_alpha"] = number_of(config.alpha);
  object["lora_dropout"] = config.dropout;
  object["use_dora"] = config.kind == AdapterKind::dora;
  object["use_rslora"] = config.use_rslora;
  object["init_lora_weights"] = true;
  object["rank_pattern"] = patterns_of(config.rank_pattern);
  object["alpha_pattern"] = patterns_of(config.alpha_pattern);
}

}  // namespace

void write_adapter_config(const std::string& path, const AdapterConfig& config) {
  AtomicFile file(path);
  write_adapter_config(file, config);
  file.commit();
}

void write_adapter_config(AtomicFile& file, const AdapterConfig& config) {
  bool vera = is_vera(config.kind);
  bool magnitude = config.kind == AdapterKind::magnitude;
  bool mixed = !config.magnitude_modules.empty();
  bool known_to_peft = config.kind == AdapterKind::dora || magnitude || (config.kind == AdapterKind::lora && !mixed) ||
                       (config.kind == AdapterKind::vera && !mixed && config.exclude_modules.empty());
  Json::Object object = {
      {"peft_type", !known_to_peft ? "ADORA"
                    : vera         ? "VERA"
                                   : "LORA"},
      {"task_type", "CAUSAL_LM"},
      {"base_model_name_or_path",
       config.base_model_name_or_path.empty() ? Json() : Json(config.base_model_name_or_path)},
      {"r", config.rank},
      {"target_modules", all_targets_of(config)},
      {"bias", "none"},
      {"fan_in_fan_out", false},
      {"inference_mode", true},
      {"modules_to_save", nullptr},
      {"layers_pattern", nullptr},
      {"layers_to_transform", nullptr},
  };
  if (!config.exclude_modules.empty()) object["exclude_modules"] = list_of(config.exclude_modules);
  if (!config.layers_to_transform.empty()) {
    object["layers_to_transform"] = Json::Array(config.layers_to_transform.begin(), config.layers_to_transform.end());
  }
  if (vera) add_vera(object, config);
  else add_lora(object, config);

  Json::Object own;
  if (magnitude) {
    own = {{"r", config.rank},
           {"lora_alpha", object["lora_alpha"]},
           {"rank_pattern", object["rank_pattern"]},
           {"alpha_pattern", object["alpha_pattern"]}};
    for (const char* name : {"r", "lora_alpha"}) object[name] = 1;
    for (const char* name : {"rank_pattern", "alpha_pattern"}) object[name] = Json::Object();
    object["use_dora"] = true;
  }
  if (magnitude || !known_to_peft) own["method"] = std::string(name(config.kind));
  if (mixed) {
    own["magnitude_modules"] = list_of(config.magnitude_modules);
    own["target_modules"] = targets_of(config);
  }
  if (!own.empty()) object["adora"] = std::move(own);
  write_json_file(file, object);
}

}  // namespace adora
