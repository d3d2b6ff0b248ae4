#include "adapters.h"

#include <algorithm>

#include "../../core/error.h"
#include "../../nn/adapters/adapter_targets.h"
#include "../../nn/adapters/model_adapters.h"
#include "../../nn/adapters/peft_config.h"
#include "../common/options.h"
#include "method_options.h"
#include "methods.h"

namespace adora::finetune {

namespace {

// The same names, whatever their order.
bool same(std::vector<std::string> a, std::vector<std::string> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a == b;
}

// A product of that rank says no more than one of the full rank. VeRA's matrices are random, and may be larger.
void check_rank(Module& model, const AdapterConfig& config) {
  for (const AdapterTarget& target : adapter_targets(model, config)) {
    const FrozenMatrix weight = target.layer->frozen();
    const std::int64_t out = weight.size(0), in = weight.size(1);
    check(!target.kind->has_alpha() || target.rank <= std::min(out, in),
          "--rank {}: is more than the smaller side of {}, [{}, {}]", target.rank, target.name, out, in);
  }
}

}  // namespace

void follow_adapter(Settings& settings) {
  if (settings.adapter.empty()) return;
  const AdapterConfig config = read_adapter_config(settings.adapter);
  const std::string& method = config.kind;
  auto agree = [&](const char* option, bool same) {
    check(same || !settings.given.contains(option), "{}: is not what the configuration of --adapter {} says", option,
          settings.adapter);
  };
  const bool named = settings.given.contains("--method");
  agree("--method", without_quantizing(settings.methods.front()) == method);
  agree("--rank", settings.rank == config.rank);
  agree("--alpha", settings.alpha == config.alpha);
  agree("--rslora", settings.rslora == config.use_rslora);
  agree("--target-modules", same(settings.target_modules, config.target_modules));
  agree("--magnitude-modules", same(settings.magnitude_modules, config.magnitude_modules));
  // What the adapter's own config says and nothing may change.
  for (const char* option : {"--exclude-modules", "--layers-to-transform", "--rank-pattern", "--alpha-pattern",
                             "--init", "--modules-to-save", "--bias", "--lora-bias"})
    check(!settings.given.contains(option), "{}: the configuration of --adapter {} says it; leave the option out",
          option, settings.adapter);
  if (!named) settings.methods = {method};
  settings.rank = config.rank;
  settings.alpha = config.alpha;
  settings.rslora = config.use_rslora;
  settings.target_modules = config.target_modules;
  settings.magnitude_modules = config.magnitude_modules;
  if (!settings.given.contains("--dropout")) settings.dropout = config.dropout;
}

void set_targets(AdapterConfig& config, const std::vector<std::string>& modules) {
  if (modules == std::vector<std::string>{"all-linear"}) config.target_regex = modules.front();
  else config.target_modules = modules;
}

AdapterConfig adapter_config(const Settings& settings, const std::string& method, const std::string& model_name) {
  AdapterConfig config;
  if (!settings.adapter.empty()) {
    config = read_adapter_config(settings.adapter);
  } else {
    config.kind = without_quantizing(method);
    config.rank = settings.rank;
    config.alpha = settings.alpha;
    config.use_rslora = settings.rslora && has_alpha(method);
    set_targets(config, settings.target_modules);
    if (method == "magnitude" && !settings.magnitude_modules.empty())
      config.target_modules = settings.magnitude_modules, config.target_regex.clear();
    else if (has_magnitude(method)) config.magnitude_modules = settings.magnitude_modules;
    config.exclude_modules = settings.exclude_modules;
    config.layers_to_transform = settings.layers_to_transform;
    config.modules_to_save = settings.modules_to_save;
    config.bias = settings.bias;
    config.lora_bias = settings.lora_bias && has_bias(method);
    if (has_alpha(method)) {
      for (const auto& [name, rank] : read_pattern("--rank-pattern", settings.rank_pattern))
        config.rank_pattern.emplace_back(name, static_cast<std::int64_t>(rank));
      config.alpha_pattern = read_pattern("--alpha-pattern", settings.alpha_pattern);
      config.init = settings.init;
    }
    config.base_model_name_or_path = model_name;
  }
  config.dropout = has_rank(method) ? settings.dropout : 0;
  return config;
}

void adapt_shapes(const Settings& settings, const std::string& method, CausalLm& shapes,
                  const std::string& model_name) {
  if (method == "full") return;
  const AdapterConfig config = adapter_config(settings, method, model_name);
  try {
    add_adapter(shapes, config);
  } catch (const Error& error) {
    const std::string text = error.what();
    if (!settings.adapter.empty()) fail("--adapter {}: {}", settings.adapter, text);
    const bool magnitudes =
        text.find("in magnitude_modules") != std::string::npos || config.target_modules == settings.magnitude_modules;
    const std::pair<const char*, const char*> others[] = {{" in exclude_modules", "--exclude-modules"},
                                                          {" in rank_pattern", "--rank-pattern"},
                                                          {" in alpha_pattern", "--alpha-pattern"},
                                                          {"rank_pattern: ", "--rank-pattern"},
                                                          {"alpha_pattern: ", "--alpha-pattern"},
                                                          {"modules_to_save", "--modules-to-save"},
                                                          {"lora_bias", "--lora-bias"},
                                                          {"adapter: init ", "--init"}};
    for (const auto& [part, option] : others)
      if (text.find(part) != std::string::npos) fail("{}: {}", option, text);
    fail("{} {}: {}", magnitudes ? "--magnitude-modules" : "--target-modules",
         shortened(programs::join(magnitudes ? settings.magnitude_modules : settings.target_modules, ",")), text);
  }
  if (settings.adapter.empty()) check_rank(shapes, config);
}

}  // namespace adora::finetune
