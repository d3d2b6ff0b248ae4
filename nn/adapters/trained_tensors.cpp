#include "trained_tensors.h"

#include <algorithm>

#include "../../autograd/grad_mode.h"
#include "../../autograd/variable.h"
#include "../../core/error.h"
#include "../../ops/creation.h"
#include "../functional_call.h"
#include "../hugging_face_form.h"
#include "model_adapters.h"

namespace adora {
namespace {

bool is_within(const std::string& name, const std::string& module) {
  return name == module || name.starts_with(module + ".");
}

/// Modules that are no part of an adapter.
std::vector<std::pair<std::string, Module*>> own_modules(Module& model) {
  std::vector<std::pair<std::string, Module*>> all = model.named_modules();
  std::vector<std::string> adapters;
  for (const auto& [name, module] : all)
    if (dynamic_cast<LayerAdapters*>(module)) adapters.push_back(name);
  std::erase_if(all, [&](const auto& one) {
    return std::any_of(adapters.begin(), adapters.end(), [&](const auto& name) { return is_within(one.first, name); });
  });
  return all;
}

/// Where the model's parameters stand, by name.
std::map<std::string, Tensor*> places(Module& model) {
  std::vector<std::string> adapters;
  for (const AdaptedModule& a : adapted_modules(model)) adapters.push_back(a.name + ".adapter");
  std::map<std::string, Tensor*> found;
  for (const auto& [name, place] : detail::OtherParameters::places(model)) {
    const bool added = std::any_of(adapters.begin(), adapters.end(), [&](const auto& a) { return is_within(name, a); });
    if (place->defined() && !added) found.emplace(name, place);
  }
  return found;
}

bool is_bias(const std::string& name) { return name == "bias" || name.ends_with(".bias"); }

}  // namespace

std::vector<std::string> modules_to_save(Module& model, const std::vector<std::string>& ends) {
  std::vector<std::string> names;
  for (const auto& [name, module] : own_modules(model)) {
    const std::string& full = name;
    if (!full.empty() && std::any_of(ends.begin(), ends.end(), [&](const auto& end) { return full.ends_with(end); }))
      names.push_back(full);
  }
  return names;
}

std::vector<std::string> trained_names(Module& model, const AdapterConfig& config,
                                       const std::vector<AdapterTarget>& targets) {
  check(config.bias == "none" || config.bias == "all" || config.bias == "lora_only",
        "adapter: bias must be \"none\", \"all\" or \"lora_only\", not \"{}\"", shortened(config.bias));
  const std::vector<std::string> saved = modules_to_save(model, config.modules_to_save);
  auto is_saved = [&](const std::string& name) {
    return std::any_of(saved.begin(), saved.end(), [&](const auto& module) { return is_within(name, module); });
  };
  if (!saved.empty())
    for (const auto& [name, module] : own_modules(model)) {
      const auto* layer = dynamic_cast<const AdaptableLayer*>(module);
      check(!layer || !is_saved(name) || !layer->frozen().is_quantized(),
            "adapter: modules_to_save: the weight of {} is quantized and can't be trained; leave the module out, or "
            "load the model without quantizing it",
            name);
    }
  std::vector<std::string> names;
  for (const auto& [name, place] : places(model)) {
    const std::string module = name.substr(0, name.rfind('.'));
    const bool of_target = std::any_of(targets.begin(), targets.end(), [&](const auto& t) { return t.name == module; });
    if (is_saved(name) || (is_bias(name) && (config.bias == "all" || (config.bias == "lora_only" && of_target))))
      names.push_back(name);
  }
  return names;
}

std::vector<TrainedTensor> copies_of(Module& model, const std::vector<std::string>& names) {
  NoGrad no_grad;
  const StateDict own = own_parameters(model);
  std::vector<TrainedTensor> copies;
  for (const std::string& name : names) {
    const Tensor& x = own.at(name);
    const bool shape_only = x.device().type == DeviceType::meta;
    copies.push_back({name, shape_only ? empty(x.shape(), x.dtype(), meta) : clone(x)});
  }
  return copies;
}

void put_trained(Module& model, AdapterShared& adapter, bool in_place) {
  if (adapter.in_place == in_place || adapter.trained.empty()) return;
  NoGrad no_grad;
  const std::map<std::string, Tensor*> at = places(model);
  for (TrainedTensor& one : adapter.trained) {
    Tensor& place = *at.at(one.name);
    const Tensor before = place;
    // The model may have been converted or moved in between.
    place = to(to(one.other, place.dtype()), place.device());
    one.other = before;
    requires_grad(place, in_place);
    if (!in_place) requires_grad(before, false), clear_grad(before);
  }
  adapter.in_place = in_place;
}

StateDict trained_tensors(Module& model, const AdapterShared& adapter) {
  StateDict found;
  if (adapter.trained.empty()) return found;
  const std::map<std::string, Tensor*> at = places(model);
  for (const TrainedTensor& one : adapter.trained) found[one.name] = adapter.in_place ? *at.at(one.name) : one.other;
  return found;
}

StateDict own_parameters(Module& model) {
  StateDict own;
  for (const auto& [name, place] : places(model)) own[name] = *place;
  for (const std::string& name : adapter_names(model)) {
    const AdapterShared& shared = adapter(model, name);
    if (shared.in_place)
      for (const TrainedTensor& one : shared.trained) own[one.name] = one.other;
  }
  return own;
}

StateDict under_peft_names(const Module& model, StateDict tensors, const std::set<std::string>& targets) {
  if (const auto* form = dynamic_cast<const HuggingFaceForm*>(&model))
    tensors = form->to_transformers_modules(std::move(tensors));
  StateDict named;
  for (const auto& [name, x] : tensors) {
    const std::size_t dot = name.rfind('.');
    const std::string module = dot == name.npos ? "" : name.substr(0, dot), last = name.substr(dot + 1);
    named[peft_name(module, targets.contains(module) ? "base_layer." + last : last)] = x;
  }
  return named;
}

}  // namespace adora
