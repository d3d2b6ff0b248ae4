#include "model_adapters.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "../../autograd/variable.h"
#include "../../ops/creation.h"
#include "adapter_targets.h"
#include "initial_factors.h"
#include "trained_tensors.h"

namespace adora {
namespace {

void check_not_merged(const char* what, const std::vector<AdaptedModule>& adapted) {
  for (const AdaptedModule& a : adapted) {
    check(!a.layer->adapters()->is_merged(), "{}: adapters are merged into the weights; call unmerge_adapters first",
          what);
  }
}

/// Before any is, whether all can be merged.
void check_merges(const char* what, const std::vector<AdaptedModule>& adapted) {
  for (const AdaptedModule& a : adapted) {
    for (const auto& entry : a.layer->adapters()->entries()) {
      const Adapter* adapter = a.find(entry.name);
      if (adapter && entry.active) adapter->check_merges(fmt::format("{}: {}", what, a.name), *a.layer);
    }
    check(!a.layer->frozen().is_quantized(),
          "{}: the weight of {} is quantized, and rounding would lose what an adapter adds; use the adapter unmerged, "
          "or with the model loaded without quantizing it",
          what, a.name);
  }
}

void check_known(const char* what, const std::string& name, const std::vector<std::string>& names) {
  std::string known;
  for (const std::string& n : names) known += (known.empty() ? "" : ", ") + n;
  check(std::find(names.begin(), names.end(), name) != names.end(), "{}: there is no adapter '{}'; there is {}", what,
        name, known.empty() ? "none at all" : known);
}

/// Separates the streams of random numbers drawn from one seed.
constexpr std::uint64_t initial_stream = 1, dropout_stream = 2;

}  // namespace

Adapter* AdaptedModule::find(const std::string& adapter) const {
  for (const auto& entry : layer->adapters()->entries())
    if (entry.name == adapter) return dynamic_cast<Adapter*>(entry.adapter.get());
  return nullptr;
}

std::vector<AdaptedModule> adapted_modules(Module& model) {
  std::vector<AdaptedModule> found;
  for (auto& [name, module] : model.named_modules()) {
    auto* layer = dynamic_cast<AdaptableLayer*>(module);
    if (layer && layer->adapters()) found.push_back({name, layer});
  }
  return found;
}

void add_adapter(Module& model, const AdapterConfig& config, const std::string& name, const AdapterOptions& options) {
  check(!name.empty() && name.find('.') == std::string::npos, "add_adapter: '{}' can't be an adapter's name", name);
  check(config.dropout >= 0 && config.dropout < 1, "add_adapter: dropout must be in [0, 1), not {}", config.dropout);
  check(std::isfinite(config.alpha) && std::isfinite(config.d_initial),
        "add_adapter: alpha ({}) and d_initial ({}) must be finite", config.alpha, config.d_initial);
  for (const auto& [pattern, alpha] : config.alpha_pattern)
    check(std::isfinite(alpha), "add_adapter: the alpha of '{}' must be finite, not {}", pattern, alpha);
  std::vector<std::string> before = adapter_names(model);
  check(std::find(before.begin(), before.end(), name) == before.end(), "add_adapter: there is an adapter '{}' already",
        name);
  check_not_merged("add_adapter", adapted_modules(model));
  check_init(config);
  if (options.all_match) check_all_match(model, config);
  std::vector<AdapterTarget> targets = adapter_targets(model, config);
  const std::vector<std::string> trained = trained_names(model, config, targets);
  std::int64_t number = before.empty() ? 0 : adapter(model, before.back()).number + 1;
  auto shared =
      std::make_shared<AdapterShared>(AdapterShared{config, options, Generator(options.seed, dropout_stream), number});
  Generator generator(options.seed, initial_stream);
  std::vector<std::unique_ptr<Adapter>> made = make_adapters(targets, shared, generator);
  shared->trained = copies_of(model, trained);
  model.requires_grad(false);
  for (std::size_t i = 0; i < targets.size(); ++i) targets[i].layer->make_adapters().add(name, std::move(made[i]));
  activate_adapters(model, {name});
}

void remove_adapter(Module& model, const std::string& name) {
  check_known("remove_adapter", name, adapter_names(model));
  std::vector<AdaptedModule> adapted = adapted_modules(model);
  check_not_merged("remove_adapter", adapted);
  put_trained(model, adapter(model, name), false);
  for (AdaptedModule& a : adapted) {
    a.layer->adapters()->remove(name);
    if (a.layer->adapters()->entries().empty()) a.layer->remove_adapters();
  }
}

namespace {
/// The names of those entries that `wanted` holds for, in the order the adapters were added.
template <class F> std::vector<std::string> names_where(Module& model, F&& wanted) {
  std::map<std::int64_t, std::string> by_age;
  for (AdaptedModule& a : adapted_modules(model)) {
    for (const auto& entry : a.layer->adapters()->entries()) {
      const Adapter* adapter = a.find(entry.name);
      if (adapter && wanted(entry)) by_age[adapter->shared()->number] = entry.name;
    }
  }
  std::vector<std::string> names;
  for (const auto& [number, name] : by_age) names.push_back(name);
  return names;
}
}  // namespace

std::vector<std::string> adapter_names(Module& model) {
  return names_where(model, [](const auto&) { return true; });
}

std::vector<std::string> active_adapters(Module& model) {
  return names_where(model, [](const auto& entry) { return entry.active; });
}

void activate_adapters(Module& model, const std::vector<std::string>& names) {
  std::vector<std::string> known = adapter_names(model);
  for (const std::string& name : names) check_known("activate_adapters", name, known);
  std::vector<AdaptedModule> adapted = adapted_modules(model);
  check_not_merged("activate_adapters", adapted);
  std::map<std::string, std::string> owners;
  for (const std::string& name : names)
    for (const TrainedTensor& one : adapter(model, name).trained) {
      const auto [owner, first] = owners.emplace(one.name, name);
      check(first || owner->second == name,
            "activate_adapters: '{}' and '{}' both have a {} of their own, of which one alone can act", owner->second,
            name, one.name);
    }
  auto acts = [&](const std::string& name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  for (const std::string& name : known)
    if (!acts(name)) put_trained(model, adapter(model, name), false);
  for (const std::string& name : names) put_trained(model, adapter(model, name), true);
  for (AdaptedModule& a : adapted) {
    for (auto& entry : a.layer->adapters()->entries()) {
      entry.active = acts(entry.name);
      entry.adapter->requires_grad(entry.active);
    }
  }
}

AdapterShared& adapter(Module& model, const std::string& name) {
  for (AdaptedModule& a : adapted_modules(model)) {
    if (const Adapter* found = a.find(name)) return *found->shared();
  }
  check_known("adapter", name, adapter_names(model));
  fail("adapter: '{}' has no layer", name);
}

std::map<std::string, WeightChange> adapter_changes(Module& model, const std::string& name) {
  check_known("adapter_changes", name, adapter_names(model));
  std::vector<AdaptedModule> adapted = adapted_modules(model);
  check_not_merged("adapter_changes", adapted);
  std::map<std::string, WeightChange> changes;
  for (AdaptedModule& a : adapted) {
    if (const Adapter* found = a.find(name)) changes[a.name] = found->change(a.layer->frozen());
  }
  return changes;
}

void merge_adapters(Module& model) {
  std::vector<AdaptedModule> adapted = adapted_modules(model);
  check_merges("merge_adapters", adapted);
  for (AdaptedModule& a : adapted) a.layer->adapters()->merge(*a.layer);
}

void unmerge_adapters(Module& model) {
  for (AdaptedModule& a : adapted_modules(model)) a.layer->adapters()->unmerge(*a.layer);
}

void fold_adapters(Module& model) {
  std::vector<AdaptedModule> adapted = adapted_modules(model);
  check_merges("fold_adapters", adapted);
  // What stands in the model stays there.
  for (const std::string& name : adapter_names(model))
    for (const auto& [key, x] : trained_tensors(model, adapter(model, name))) requires_grad(x, false), clear_grad(x);
  for (AdaptedModule& a : adapted) {
    a.layer->adapters()->merge(*a.layer);
    a.layer->remove_adapters();
  }
}

}  // namespace adora
