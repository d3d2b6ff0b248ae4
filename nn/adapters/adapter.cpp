#include "adapter.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "../../autograd/variable.h"
#include "../../ops/creation.h"
#include "adapter_targets.h"

namespace adora {
namespace {

struct Adapted {
  std::string name;
  Linear* linear;
  AdaptedLinear* adapters;
};

std::vector<Adapted> adapted_linears(Module& model) {
  std::vector<Adapted> found;
  for (auto& [name, module] : model.named_modules()) {
    auto* linear = dynamic_cast<Linear*>(module);
    auto* adapters = linear ? dynamic_cast<AdaptedLinear*>(linear->adapter()) : nullptr;
    if (adapters) found.push_back({name, linear, adapters});
  }
  return found;
}

void check_not_merged(const char* what, const std::vector<Adapted>& adapted) {
  for (const Adapted& a : adapted) {
    check(!a.adapters->is_merged(), "{}: adapters are merged into the weights; call unmerge_adapters first", what);
  }
}

void check_not_quantized(const char* what, const std::vector<Adapted>& adapted) {
  for (const Adapted& a : adapted) {
    check(!a.linear->is_quantized(),
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

/// VeRA's frozen matrices, large enough for every target, drawn as a Linear's weights are by default.
VeraMatrices make_vera_matrices(const AdapterConfig& config, const std::vector<AdapterTarget>& targets) {
  std::int64_t in = 0, out = 0;
  const Linear* like = nullptr;
  for (const AdapterTarget& target : targets) {
    if (target.kind == AdapterKind::magnitude) continue;
    check(target.rank == config.rank, "adapter: VeRA's matrices are shared, so {} cannot have another rank",
          target.name);
    in = std::max(in, target.linear->in_features());
    out = std::max(out, target.linear->out_features());
    like = target.linear;
  }
  if (!like) return {};
  std::int64_t rank = config.rank;
  Generator generator(static_cast<std::uint64_t>(config.projection_prng_key));
  DType dtype = like->dtype() == float64 ? float64 : float32;
  double a = 1 / std::sqrt(static_cast<double>(in)), b = 1 / std::sqrt(static_cast<double>(rank));
  Tensor A = uniform({rank, in}, -a, a, generator, dtype, like->device());
  return {A, uniform({out, rank}, -b, b, generator, dtype, like->device())};
}

/// Separates the streams of random numbers drawn from one seed.
constexpr std::uint64_t initial_stream = 1, dropout_stream = 2;

}  // namespace

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
  check_not_merged("add_adapter", adapted_linears(model));
  std::vector<AdapterTarget> targets = adapter_targets(model, config);
  std::int64_t number = before.empty() ? 0 : adapter(model, before.back()).number + 1;
  auto shared =
      std::make_shared<AdapterShared>(AdapterShared{config, options, Generator(options.seed, dropout_stream), number});
  VeraMatrices vera;
  if (config.kind == AdapterKind::vera || config.kind == AdapterKind::dvora) vera = make_vera_matrices(config, targets);
  model.requires_grad(false);
  Generator generator(options.seed, initial_stream);
  for (const AdapterTarget& t : targets) {
    if (!t.linear->adapter()) t.linear->set_adapter(std::make_unique<AdaptedLinear>());
    auto layer = std::make_unique<AdapterLayer>(*t.linear, t.kind, t.rank, t.scale, shared, generator, vera);
    dynamic_cast<AdaptedLinear&>(*t.linear->adapter()).add(name, std::move(layer));
  }
  activate_adapters(model, {name});
}

void remove_adapter(Module& model, const std::string& name) {
  check_known("remove_adapter", name, adapter_names(model));
  std::vector<Adapted> adapted = adapted_linears(model);
  check_not_merged("remove_adapter", adapted);
  for (Adapted& a : adapted) {
    a.adapters->remove(name);
    if (a.adapters->entries().empty()) a.linear->set_adapter(nullptr);
  }
}

namespace {
/// The names of those entries that `wanted` holds for, in the order the adapters were added.
template <class F> std::vector<std::string> names_where(Module& model, F&& wanted) {
  std::map<std::int64_t, std::string> by_age;
  for (Adapted& a : adapted_linears(model)) {
    for (const auto& entry : a.adapters->entries()) {
      if (wanted(entry)) by_age[entry.layer->shared()->number] = entry.name;
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
  std::vector<Adapted> adapted = adapted_linears(model);
  check_not_merged("activate_adapters", adapted);
  for (Adapted& a : adapted) {
    for (auto& entry : a.adapters->entries()) {
      entry.active = std::find(names.begin(), names.end(), entry.name) != names.end();
      entry.layer->requires_grad(entry.active);
    }
  }
}

AdapterShared& adapter(Module& model, const std::string& name) {
  for (Adapted& a : adapted_linears(model)) {
    if (AdapterLayer* layer = a.adapters->find(name)) return *layer->shared();
  }
  check_known("adapter", name, adapter_names(model));
  fail("adapter: '{}' has no layer", name);
}

std::map<std::string, WeightChange> adapter_changes(Module& model, const std::string& name) {
  check_known("adapter_changes", name, adapter_names(model));
  std::vector<Adapted> adapted = adapted_linears(model);
  check_not_merged("adapter_changes", adapted);
  std::map<std::string, WeightChange> changes;
  for (Adapted& a : adapted) {
    if (AdapterLayer* layer = a.adapters->find(name)) changes[a.name] = layer->change(a.linear->frozen());
  }
  return changes;
}

void merge_adapters(Module& model) {
  std::vector<Adapted> adapted = adapted_linears(model);
  check_not_quantized("merge_adapters", adapted);
  for (Adapted& a : adapted) a.adapters->merge(*a.linear);
}

void unmerge_adapters(Module& model) {
  for (Adapted& a : adapted_linears(model)) a.adapters->unmerge(*a.linear);
}

void fold_adapters(Module& model) {
  std::vector<Adapted> adapted = adapted_linears(model);
  check_not_quantized("fold_adapters", adapted);
  for (Adapted& a : adapted) {
    a.adapters->merge(*a.linear);
    a.linear->set_adapter(nullptr);
  }
}

}  // namespace adora
