#include "adapters.h"

#include <algorithm>

#include "../../core/error.h"
#include "../../nn/adapter_config_file.h"
#include "../common/options.h"

namespace adora::finetune {

namespace {

AdapterKind kind_of(const std::string& method) {
  if (method == "lora") return AdapterKind::lora;
  if (method == "dora") return AdapterKind::dora;
  if (method == "vera") return AdapterKind::vera;
  if (method == "dvora") return AdapterKind::dvora;
  return AdapterKind::magnitude;
}

std::string method_of(AdapterKind kind) {
  for (const std::string& method : all_methods())
    if (method != "full" && kind_of(method) == kind) return method;
  fail("there is no method for this adapter");
}

// The same names, whatever their order.
bool same(std::vector<std::string> a, std::vector<std::string> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a == b;
}

}  // namespace

void follow_adapter(Settings& settings) {
  if (settings.adapter.empty()) return;
  const AdapterConfig config = read_adapter_config(settings.adapter);
  const std::string method = method_of(config.kind);
  auto agree = [&](const char* option, bool same) {
    check(same || !settings.given.contains(option), "{}: is not what the configuration of --adapter {} says", option,
          settings.adapter);
  };
  agree("--method", settings.methods.front() == method);
  agree("--rank", settings.rank == config.rank);
  agree("--alpha", settings.alpha == config.alpha);
  agree("--target-modules", same(settings.target_modules, config.target_modules));
  agree("--magnitude-modules", same(settings.magnitude_modules, config.magnitude_modules));
  settings.methods = {method};
  settings.rank = config.rank;
  settings.alpha = config.alpha;
  settings.target_modules = config.target_modules;
  settings.magnitude_modules = config.magnitude_modules;
  if (!settings.given.contains("--dropout")) settings.dropout = config.dropout;
}

AdapterConfig adapter_config(const Settings& settings, const std::string& method, const std::string& model_name) {
  AdapterConfig config;
  if (!settings.adapter.empty()) {
    config = read_adapter_config(settings.adapter);
  } else {
    config.kind = kind_of(method);
    config.rank = settings.rank;
    config.alpha = settings.alpha;
    config.target_modules = settings.target_modules;
    if (method == "magnitude" && !settings.magnitude_modules.empty())
      config.target_modules = settings.magnitude_modules;
    else if (has_magnitude(method)) config.magnitude_modules = settings.magnitude_modules;
    config.base_model_name_or_path = model_name;
  }
  config.dropout = has_rank(method) ? settings.dropout : 0;
  return config;
}

}  // namespace adora::finetune
