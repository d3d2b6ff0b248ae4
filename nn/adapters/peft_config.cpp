#include "peft_config.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "../../core/error.h"
#include "../../core/listed.h"
#include "../io/atomic_file.h"
#include "../io/file.h"
#include "../io/json_fields.h"
#include "../io/json_file.h"
#include "adapter.h"

namespace adora {
namespace {

/// Whether an option with this value does nothing.
bool is_off(const Json& json) {
  if (auto* flag = json.get<bool>()) return !*flag;
  if (auto* text = json.get<std::string>()) return text->empty();
  if (auto* list = json.get<Json::Array>()) return list->empty();
  if (auto* object = json.get<Json::Object>()) return object->empty();
  return json.is_null();
}

void read_targets(JsonFields& fields, AdapterConfig& config) {
  const Json* json = fields.find("target_modules");
  if (json && json->get<std::string>()) {
    config.target_regex = *json->get<std::string>();
    check_pattern_length(fields, "target_modules", config.target_regex);
    if (config.target_regex.empty()) fields.refuse("target_modules", "a list of modules' names or a pattern");
  } else {
    config.target_modules = fields.strings("target_modules");
    if (config.target_modules.empty()) fields.refuse("target_modules", "a list of modules' names or a pattern");
  }
  if (const Json* exclude = fields.find("exclude_modules"); exclude && !is_off(*exclude)) {
    if (const auto* regex = exclude->get<std::string>()) {
      check_pattern_length(fields, "exclude_modules", *regex);
      config.exclude_regex = *regex;
    } else {
      config.exclude_modules = fields.strings("exclude_modules");
    }
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
  const Json* pattern = fields.find("layers_pattern");
  if (!pattern || is_off(*pattern)) return;
  if (auto* text = pattern->get<std::string>()) config.layers_pattern = {*text};
  else config.layers_pattern = fields.strings("layers_pattern");
  for (const std::string& one : config.layers_pattern) check_pattern_length(fields, "layers_pattern", one);
}

/// What is trained beside the adapter.
void read_trained(JsonFields& fields, AdapterConfig& config) {
  if (const Json* saved = fields.find("modules_to_save"); saved && !is_off(*saved))
    config.modules_to_save = fields.strings("modules_to_save");
  for (const std::string& name : config.modules_to_save) {
    check_pattern_length(fields, "modules_to_save", name);
    if (name.empty()) fields.refuse("modules_to_save", "a list of modules' names");
  }
  config.bias = fields.text("bias", "none");
  if (config.bias == "vera_only") config.bias = "lora_only";
  if (config.bias != "none" && config.bias != "all" && config.bias != "lora_only")
    fields.refuse("bias", "\"none\", \"all\" or \"lora_only\"");
}

/// The kind that the words of a config mean: PEFT's, or a method of this library's own.
const AdapterKind& read_kind(JsonFields& fields, JsonFields& own) {
  const std::string type = fields.text("peft_type");
  if (own.has("method")) {
    const AdapterKind* kind = find_adapter_kind(own.text("method"));
    if (!kind) own.refuse("method", "one of " + listed(adapter_kinds()));
    if (type != kind->peft_type() && type != "ADORA") own.refuse("method", "one that goes with peft_type " + type);
    return *kind;
  }
  for (const std::string& name : adapter_kinds())
    if (adapter_kind(name).is_meant(type, fields)) return adapter_kind(name);
  std::set<std::string> known;
  for (const std::string& name : adapter_kinds()) known.insert(adapter_kind(name).peft_type());
  known.erase("ADORA");  // says nothing without a method
  fields.refuse("peft_type", "one that is known: " + listed({known.begin(), known.end()}));
}

void read_method(JsonFields& fields, AdapterConfig& config) {
  static const Json nothing = Json::Object();
  const Json* field = fields.find("adora");
  JsonFields own(field ? *field : nothing, fields.where() + ": adora");
  const AdapterKind& kind = read_kind(fields, own);
  config.kind = kind.name();
  kind.read(fields, own, config);
  read_targets(fields, config);
  config.magnitude_modules = own.strings("magnitude_modules");
  if (own.has("target_modules")) read_targets(own, config);
  for (const std::string& name : own.unread()) fail("{}: {} is not known", own.where(), shortened(name));
}

Json list_of(const std::vector<std::string>& names) { return Json::Array(names.begin(), names.end()); }

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
  read_trained(fields, config);
  config.base_model_name_or_path = fields.text("base_model_name_or_path", "");
  config.task_type = fields.text("task_type", "");
  if (!config.task_type.empty() && config.task_type != "CAUSAL_LM") fields.refuse("task_type", "\"CAUSAL_LM\" or null");
  for (const char* name : {"auto_mapping", "inference_mode", "peft_version", "revision"}) fields.find(name);
  // How the base model stores the weights that are adapted; the adapter's own tensors are the same.
  fields.boolean("fan_in_fan_out", false);
  for (const std::string& name : fields.unread()) {
    if (const Json* json = fields.find(name); json && !is_off(*json))
      fail("{}: {} is set, which is not supported", file, shortened(name));
  }
  return config;
}

void check_pattern_length(const JsonFields& fields, const std::string& name, const std::string& pattern) {
  constexpr std::size_t longest = 1000;
  check(pattern.size() <= longest, "{}: {}: a pattern of {} characters is longer than {}", fields.where(), name,
        pattern.size(), longest);
}

Json whole_number_if_it_is(double value) {
  return value == std::floor(value) && std::abs(value) < 1e15 ? Json(static_cast<std::int64_t>(value)) : Json(value);
}

void write_adapter_config(const std::string& path, const AdapterConfig& config) {
  AtomicFile file(path);
  write_adapter_config(file, config);
  file.commit();
}

bool is_known_to_peft(const AdapterConfig& config) { return adapter_kind(config.kind).is_known_to_peft(config); }

void write_adapter_config(AtomicFile& file, const AdapterConfig& config) {
  const AdapterKind& kind = adapter_kind(config.kind);
  const bool known_to_peft = is_known_to_peft(config);
  Json::Object object = {
      {"peft_type", known_to_peft ? kind.peft_type() : "ADORA"},
      {"task_type", config.task_type.empty() ? Json() : Json(config.task_type)},
      {"base_model_name_or_path",
       config.base_model_name_or_path.empty() ? Json() : Json(config.base_model_name_or_path)},
      {"r", config.rank},
      {"target_modules", all_targets_of(config)},
      {"bias", config.bias == "lora_only" && kind.peft_type() == "VERA" ? "vera_only" : config.bias},
      {"fan_in_fan_out", false},
      {"inference_mode", true},
      {"modules_to_save", config.modules_to_save.empty() ? Json() : list_of(config.modules_to_save)},
      {"layers_pattern", config.layers_pattern.empty() ? Json() : list_of(config.layers_pattern)},
      {"layers_to_transform", nullptr},
  };
  if (!config.exclude_modules.empty()) object["exclude_modules"] = list_of(config.exclude_modules);
  if (!config.exclude_regex.empty()) object["exclude_modules"] = config.exclude_regex;
  if (!config.layers_to_transform.empty()) {
    object["layers_to_transform"] = Json::Array(config.layers_to_transform.begin(), config.layers_to_transform.end());
  }
  Json::Object own;
  kind.write(object, own, config);
  if (!known_to_peft) own["method"] = kind.name();
  if (!config.magnitude_modules.empty()) {
    own["magnitude_modules"] = list_of(config.magnitude_modules);
    own["target_modules"] = targets_of(config);
  }
  if (!own.empty()) object["adora"] = std::move(own);
  write_json_file(file, object);
}

}  // namespace adora
