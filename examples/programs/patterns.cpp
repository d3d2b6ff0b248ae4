// How far fine-tuning moved a model's weights, apart for magnitude and direction: the paper's weight decomposition
// analysis (section 3.2), of two folders of weights.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "../../nn/adapters/model_adapters.h"
#include "../../nn/adapters/peft_folder.h"
#include "../../nn/io/file.h"
#include "../../nn/io/gguf.h"
#include "../../nn/io/json.h"
#include "../../nn/models/model_folder.h"
#include "../common/options.h"
#include "../common/program.h"
#include "../common/table.h"
#include "../finetune/model_source.h"
#include "../finetune/pattern_watch.h"
#include "../report/json_values.h"

using namespace adora;

namespace {

bool wanted(const std::string& module, const std::vector<std::string>& kinds) {
  return kinds.empty() || std::find(kinds.begin(), kinds.end(), finetune::module_kind(module)) != kinds.end();
}

/// Of the matrices that both folders have, those that differ.
std::map<std::string, WeightChange> folder_changes(const std::string& base, const std::string& tuned,
                                                   const std::vector<std::string>& kinds) {
  const StateDict before = read_model_tensors(base), after = read_model_tensors(tuned);
  std::map<std::string, WeightChange> changes;
  bool compared = false;
  for (const auto& [key, w] : before) {
    constexpr std::string_view ending = ".weight";
    if (!key.ends_with(ending) || w.ndim() != 2 || !is_floating(w.dtype())) continue;
    const std::string module = key.substr(0, key.size() - ending.size());
    const auto found = after.find(key);
    if (found == after.end() || !wanted(module, kinds)) continue;
    check(found->second.shape() == w.shape() && is_floating(found->second.dtype()),
          "--tuned {}: {} is {}, and {} in --base {}", tuned, key, describe(found->second), describe(w), base);
    compared = true;
    const WeightChange change = weight_change(w, found->second);
    if (change.magnitude != 0 || change.direction != 0) changes[module] = change;
  }
  check(compared, "--tuned {}: has no weight of the modules asked for that --base {} has too", tuned, base);
  return changes;
}

std::map<std::string, WeightChange> changes_of_adapter(const std::string& base, const std::string& adapter,
                                                       const std::vector<std::string>& kinds) {
  const auto model = finetune::open_model(base)->load({.dtype = float32, .device = cpu});
  load_adapter(*model, adapter);
  std::map<std::string, WeightChange> changes = adapter_changes(*model);
  std::erase_if(changes, [&](const auto& one) { return !wanted(one.first, kinds); });
  check(!changes.empty(), "--modules {}: the adapter in {} is on none of these", shortened(programs::join(kinds, ",")),
        adapter);
  return changes;
}

int body(const std::vector<std::string>& arguments) {
  std::string base, tuned;
  std::vector<std::string> kinds;
  bool json = false;
  programs::Options options("patterns", "how far fine-tuning moved a model's weights, in magnitude and in direction");
  options.text("--base", base, "DIR|FILE|tiny", "the model before, a Hugging Face folder or a GGUF file");
  options.text("--tuned", tuned, "DIR|FILE", "the model after: such a folder or file, or a PEFT adapter's");
  options.list("--modules", kinds, "NAME[,NAME...]", "modules such as q_proj (default: all that have changed)");
  options.flag("--json", json, "print an object");
  if (!options.parse(arguments)) return 0;
  check(!base.empty(), "--base is missing; it names a folder, or tiny");
  check(!tuned.empty(), "--tuned is missing; it names a folder");
  check(is_folder(tuned) || is_gguf(tuned), "--tuned {}: there is no such folder or GGUF file", tuned);
  const bool adapter = file_exists(tuned + "/adapter_config.json");
  check(adapter || base != "tiny", "--base tiny: goes with a PEFT adapter as --tuned, not with a model");
  const auto changes = adapter ? changes_of_adapter(base, tuned, kinds) : folder_changes(base, tuned, kinds);

  std::map<std::string, std::vector<std::pair<double, double>>> points;  // (ΔD, ΔM) of each kind
  for (const auto& [module, change] : changes)
    points[finetune::module_kind(module)].emplace_back(change.direction, change.magnitude);
  if (json) {
    Json::Object modules, fits;
    for (const auto& [module, change] : changes) modules[module] = finetune::json_of(change);
    for (const auto& [kind, those] : points) {
      const LinearFit fit = linear_fit(those);
      fits[kind] = Json::Object{{"weights", static_cast<std::int64_t>(those.size())},
                                {"slope", finetune::finite(fit.slope)},
                                {"intercept", finetune::finite(fit.intercept)},
                                {"correlation", finetune::finite(fit.correlation)}};
    }
    fmt::print("{}\n", Json(Json::Object{{"modules", modules}, {"kinds", fits}}).dump(-1));
    return 0;
  }
  if (changes.empty()) {
    fmt::print("no weight has changed\n");
    return 0;
  }
  programs::Table table({"weight", "ΔM", "ΔD"});
  for (const auto& [module, change] : changes)
    table.add({module, fmt::format("{:.4g}", change.magnitude), fmt::format("{:.4g}", change.direction)});
  fmt::print("{}\n", table.text());
  programs::Table lines({"of all layers", "weights", "slope of ΔM over ΔD", "correlation"});
  auto shown = [](double value) { return std::isfinite(value) ? fmt::format("{:.3g}", value) : std::string("-"); };
  for (const auto& [kind, those] : points) {
    const LinearFit fit = linear_fit(those);
    lines.add({kind, fmt::format("{}", those.size()), shown(fit.slope), shown(fit.correlation)});
  }
  fmt::print("{}", lines.text());
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return programs::run_program("patterns", argc, argv, body); }
