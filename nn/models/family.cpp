#include "family.h"

#include <fmt/core.h>

#include <algorithm>

#include "../../core/listed.h"

namespace adora {
namespace {

std::map<std::string, ModelFamily>& families() {
  static std::map<std::string, ModelFamily> all;
  return all;
}

const ModelFamily& family_of(JsonFields& config) {
  const std::vector<std::string> architectures = config.strings("architectures");
  auto named = [&](const ModelFamily& family) {
    return std::find(architectures.begin(), architectures.end(), family.architecture) != architectures.end();
  };
  if (!config.has("model_type"))
    for (const auto& [type, family] : families())
      if (named(family)) return family;
  const std::string type = config.text("model_type", "");
  const auto found = families().find(type);
  if (found == families().end()) config.refuse("model_type", "one that is known: " + listed(model_types()));
  if (!architectures.empty() && !named(found->second))
    config.refuse("architectures",
                  fmt::format("[\"{}\"], as model_type \"{}\" has it", found->second.architecture, type));
  return found->second;
}

}  // namespace

RegisterModelFamily::RegisterModelFamily(ModelFamily family) {
  const std::string type = family.model_type;
  families()[type] = std::move(family);
}

std::vector<std::string> model_types() {
  std::vector<std::string> types;
  for (const auto& [type, family] : families()) types.push_back(type);
  return types;
}

std::unique_ptr<CausalLm> make_model(const Json& config, const std::string& where, const ModelOptions& options) {
  JsonFields fields(config, where);
  return family_of(fields).make(fields, options);
}

std::unique_ptr<CausalLm> make_model(const Json& config, const std::string& where, const StateDict& weights,
                                     WeightOptions options) {
  // Memory for the weights is taken by load_state_dict, once.
  auto model = make_model(config, where, {.dtype = options.dtype, .device = meta});
  model->load_state_dict(weights, where);
  model->to(options.device);
  return model;
}

std::vector<std::string> published_configs() {
  std::vector<std::string> names;
  for (const auto& [type, family] : families())
    for (const auto& [name, config] : family.published) names.push_back(name);
  return names;
}

Json published_config(const std::string& name) {
  for (const auto& [type, family] : families())
    for (const auto& [known, config] : family.published)
      if (known == name) return config;
  fail("there is no built-in config \"{}\"; there are {}", name, listed(published_configs()));
}

std::int64_t read_size(JsonFields& config, const std::string& name, std::optional<std::int64_t> otherwise) {
  return config.integer(name, 1, std::int64_t{1} << 31, otherwise);
}

std::vector<std::int64_t> read_token_ids(JsonFields& config, const std::string& name, std::int64_t vocab_size,
                                         std::vector<std::int64_t> otherwise) {
  const Json* found = config.find(name);
  if (!found) return otherwise;
  std::vector<std::int64_t> ids;
  auto take = [&](const Json& json) {
    auto* id = json.get<std::int64_t>();
    if (!id || *id < 0 || *id >= vocab_size)
      config.refuse(name, fmt::format("a token number below vocab_size ({}), or a list of them", vocab_size));
    ids.push_back(*id);
  };
  if (auto* list = found->get<Json::Array>()) std::for_each(list->begin(), list->end(), take);
  else take(*found);
  return ids.empty() ? otherwise : ids;
}

Json token_ids_json(const std::vector<std::int64_t>& ids) {
  return ids.size() == 1 ? Json(ids.front()) : Json(Json::Array(ids.begin(), ids.end()));
}

void read_only(JsonFields& config, const std::string& name, const Json& wanted) {
  const Json* found = config.find(name);
  const auto* integer = found ? found->get<std::int64_t>() : nullptr;  // 0 for 0.0
  const bool same = !found || *found == wanted || (integer && Json(static_cast<double>(*integer)) == wanted);
  if (!same)
    config.refuse(name, fmt::format("{}: nothing else is computed here", wanted.is_null() ? "null" : brief(wanted)));
}

}  // namespace adora
