#include "module.h"

#include <algorithm>
#include <unordered_set>

#include "../autograd/grad_mode.h"
#include "../autograd/variable.h"
#include "../ops/creation.h"

namespace adora {
namespace {

std::string joined(const std::string& prefix, const std::string& name) {
  return prefix.empty() ? name : prefix + "." + name;
}

}  // namespace

template <class F> void Module::walk(const std::string& prefix, F&& f) const {
  for (const Slot& slot : slots_) f(joined(prefix, slot.name), slot);
  for (const auto& [name, module] : children_) module->walk(joined(prefix, name), f);
}

std::vector<std::pair<std::string, Tensor*>> Module::slots(bool buffers) const {
  std::vector<std::pair<std::string, Tensor*>> found;
  std::unordered_set<const void*> seen;
  walk("", [&](const std::string& name, const Slot& slot) {
    if (!slot.tensor->defined() || (!buffers && !slot.is_parameter)) return;
    if (seen.insert(slot.tensor->id()).second) found.emplace_back(name, slot.tensor);
  });
  return found;
}

std::vector<NamedTensor> Module::named_parameters() const {
  std::vector<NamedTensor> result;
  for (const auto& [name, tensor] : slots(false)) result.push_back({name, *tensor});
  return result;
}

Tensors Module::parameters() const {
  Tensors result;
  for (const auto& [name, tensor] : slots(false)) result.push_back(*tensor);
  return result;
}

std::vector<NamedTensor> Module::trainable_parameters() const {
  std::vector<NamedTensor> result = named_parameters();
  std::erase_if(result, [](const NamedTensor& p) { return !grad_required(p.tensor); });
  return result;
}

std::vector<std::pair<std::string, Module*>> Module::named_modules() {
  std::vector<std::pair<std::string, Module*>> found{{"", this}};
  for (std::size_t i = 0; i < found.size(); ++i) {
    // Copied, since the list grows below.
    auto [prefix, module] = found[i];
    std::size_t place = i + 1;
    for (const auto& [name, part] : module->children_) {
      found.insert(found.begin() + static_cast<std::ptrdiff_t>(place++), {joined(prefix, name), part});
    }
  }
  return found;
}

StateDict Module::state_dict() const {
  StateDict state;
  for (const auto& [name, tensor] : slots(true)) state[name] = *tensor;
  return state;
}

StateDictTarget Module::state_dict_target() const {
  StateDictTarget target{state_dict()};
  std::map<const void*, std::string> names;
  walk("", [&](const std::string& name, const Slot& slot) {
    if (!slot.tensor->defined()) return;
    const auto [own, first] = names.emplace(slot.tensor->id(), name);
    if (!first) target.tied[name] = own->second;
  });
  return target;
}

void Module::load_state_dict(const StateDict& given, const std::string& where) {
  const StateDict state = match_state_dict(given, state_dict_target(), where);
  const auto here = slots(true);
  NoGrad no_grad;
  for (const auto& [name, tensor] : here) {
    const Tensor& from = state.at(name);
    if (tensor->device().type != DeviceType::meta) {
      copy_(*tensor, adora::to(from, tensor->device()));
      continue;
    }
    Tensor fresh = empty(from.shape(), tensor->dtype(), from.device());
    copy_(fresh, from);
    bool trained = grad_required(*tensor);
    const void* old = tensor->id();
    walk("", [&](const std::string&, const Slot& slot) {
      if (slot.tensor->defined() && slot.tensor->id() == old) *slot.tensor = fresh;
    });
    if (trained) adora::requires_grad(fresh);
  }
}

void Module::train(bool training) {
  training_ = training;
  for (auto& [name, module] : children_) module->train(training);
}

template <class F> void Module::replace(F&& f) {
  NoGrad no_grad;
  for (const auto& [name, tensor] : slots(true)) {
    Tensor old = *tensor;
    Tensor fresh = f(old);
    if (fresh.is(old)) continue;
    if (grad_required(old)) adora::requires_grad(fresh), ensure_autograd_meta(old)->replaced = true;
    // Every place that shares the tensor goes on sharing it.
    walk("", [&](const std::string&, const Slot& slot) {
      if (slot.tensor->is(old)) *slot.tensor = fresh;
    });
  }
}

void Module::to(DType dtype) {
  check(is_floating(dtype), "to: parameters are floating numbers; {} is not a dtype for them", adora::name(dtype));
  replace([=, this](const Tensor& x) { return is_floating(x.dtype()) && !keeps_dtype(x) ? adora::to(x, dtype) : x; });
}

void Module::to(Device device) {
  replace([=](const Tensor& x) { return adora::to(x, device); });
}

bool Module::keeps_dtype(const Tensor& x) const {
  bool keeps = false;
  walk("", [&](const std::string&, const Slot& slot) { keeps = keeps || (slot.keeps_dtype && slot.tensor->is(x)); });
  return keeps;
}

void Module::requires_grad(bool required) {
  // All or nothing is changed.
  if (required) {
    for (const auto& [name, module] : named_modules()) module->check_trainable(name);
  }
  for (const auto& [name, tensor] : slots(false)) {
    adora::requires_grad(*tensor, required);
    if (!required) clear_grad(*tensor);
  }
}

void Module::zero_grad() {
  for (const auto& [name, tensor] : slots(false)) clear_grad(*tensor);
}

void Module::check_name(const std::string& name) const {
  check(!name.empty() && name.find('.') == std::string::npos,
        "a module's parameter, buffer or part can't be named '{}': a name must not be empty or have a dot", name);
  // A list of parts, or a quantized matrix, has names that begin with its own.
  auto taken = [&](const std::string& other) { return other == name || other.starts_with(name + "."); };
  const bool free = std::none_of(slots_.begin(), slots_.end(), [&](const Slot& slot) { return taken(slot.name); }) &&
                    std::none_of(children_.begin(), children_.end(), [&](const auto& c) { return taken(c.first); });
  check(free, "a module already has a parameter, buffer or part named '{}'; choose another name", name);
}

void Module::parameter(std::string name, Tensor& member) {
  check_name(name);
  if (member.defined()) adora::requires_grad(member);
  slots_.push_back({std::move(name), &member, true});
}

void Module::buffer(std::string name, Tensor& member, bool keeps_dtype) {
  check_name(name);
  slots_.push_back({std::move(name), &member, false, keeps_dtype});
}

void Module::buffer(const std::string& name, QuantizedMatrix& member) {
  std::erase_if(slots_, [&](const Slot& slot) { return slot.name == name && !slot.tensor->defined(); });
  check_name(name);
  slots_.push_back({name + ".codes", &member.codes, false});
  slots_.push_back({name + ".scales", &member.scales, false});
  slots_.push_back({name + ".tops", &member.group_scales, false, true});
}

void Module::child(std::string name, Module& member) {
  check_name(name);
  add_child(std::move(name), member);
}

void Module::add_child(std::string name, Module& member) {
  for (const auto& [path, part] : member.named_modules()) {
    if (part != this) continue;
    fail("a module can't be a part of itself: '{}' is {}", name,
         path.empty() ? "the module" : "one that holds the module as '" + path + "'");
  }
  member.train(training_);
  children_.emplace_back(std::move(name), &member);
}

Tensor Module::to(const Tensor& x, DType dtype) { return adora::to(x, dtype); }
Tensor Module::to(const Tensor& x, Device device) { return adora::to(x, device); }
Tensor Module::requires_grad(const Tensor& x, bool required) { return adora::requires_grad(x, required); }

void Module::forget_child(const Module& member) {
  std::erase_if(children_, [&](const auto& entry) { return entry.second == &member; });
}

}  // namespace adora
