#include "family.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "../../core/listed.h"
#include "config_keys.h"

namespace adora {
namespace {

std::map<std::string, ModelFamily>& families() {
  static std::map<std::string, ModelFamily> all;
  return all;
}

/// Early folders of Llama spell the class's name LLaMAForCausalLM.
bool is_same_name(const std::string& a, const std::string& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

const ModelFamily& family_of(JsonFields& config) {
  const std::vector<std::string> architectures = config.strings("architectures");
  auto named = [&](const ModelFamily& family) {
    return std::any_of(architectures.begin(), architectures.end(),
                       [&](const std::string& name) { return is_same_name(name, family.architecture); });
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
  const ModelFamily& family = family_of(fields);
  auto shapes = family.make(fields, {.dtype = options.dtype, .device = meta, .seed = options.seed});
  refuse_unknown_keys(fields);
  return options.device == meta ? std::move(shapes) : family.make(fields, options);
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

}  // namespace adora
