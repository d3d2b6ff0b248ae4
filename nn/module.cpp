#include "module.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <ostream>
#include <unordered_set>

#include "../autograd/grad_mode.h"
#include "../autograd/variable.h"
#include "../ops/creation.h"
#include "live_modules.h"

namespace adora {
namespace {

std::string joined(const std::string& prefix, const std::string& name) {
  return prefix.empty() ? name : prefix + "." + name;
}

/// Tensors and vectors that a module names are members of its object, which is no larger; what lies farther away stays
/// where it is when the module moves.
constexpr std::ptrdiff_t largest_object = std::ptrdiff_t{1} << 20;

template <class T> void move_along(T*& member, const Module* before, const Module* now) {
  if (member == nullptr) return;
  const auto old = reinterpret_cast<std::intptr_t>(before), place = reinterpret_cast<std::intptr_t>(member);
  if (std::abs(place - old) < largest_object)
    member = reinterpret_cast<T*>(place + (reinterpret_cast<std::intptr_t>(now) - old));
}

std::ptrdiff_t way(const Module* before, const Module* now) {
  return reinterpret_cast<std::intptr_t>(now) - reinterpret_cast<std::intptr_t>(before);
}

std::string demangled(const std::type_info& type) {
  int status = 0;
  char* text = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
  const std::string full = text ? text : type.name();
  std::free(text);
  return full;
}

/// The name of a class as it stands in its constructor's.
std::string type_name(const std::type_info& type) {
  const std::string full = demangled(type);
  std::string last;
  int depth = 0;
  for (const char c : full) {
    if (c == '>' || c == ')' || c == '}' || c == ']') --depth;
    else if (c == '<' || c == '(' || c == '{' || c == '[') ++depth;
    else if (depth == 0 && c == ':') last.clear();
    else if (depth == 0) last += c;
  }
  return last;
}

}  // namespace

Module::Module() { detail::LiveModules::all().add(*this); }

Module::~Module() {
  detail::LiveModules::all().remove(*this);
  drop_parts();
  for (Module* holder : holders_)
    for (detail::ModulePart& part : holder->parts_)
      if (part.module == this) part.module = nullptr;
}

Module::Module(Module&& other) noexcept : Module() {
  take_over(other);
  asked_ = other.asked_.load();
}

Module& Module::operator=(Module&& other) noexcept {
  if (this == &other) return *this;
  drop_parts();
  take_over(other);
  return *this;
}

/// The names of another module, of which this is to take the place: the derived classes' members move after this.
void Module::take_over(Module& other) {
  slots_ = std::move(other.slots_);
  parts_ = std::move(other.parts_);
  other.slots_.clear(), other.parts_.clear();
  moved_out_ = other.moved_out_, other.moved_out_ = true;
  // The members that were made in its constructor are others now.
  named_until_ = other.named_until_ = 0;
  training_ = other.training_;
  moved_from_ = &typeid(other);
  for (detail::ModuleSlot& slot : slots_) move_along(slot.tensor, &other, this), move_along(slot.list, &other, this);
  for (detail::ModulePart& part : parts_) {
    if (part.list) move_along(part.list, &other, this);
    if (!part.module) continue;
    part.module->replace_holder(&other, this);
    part.on_the_way += way(&other, this);
  }
  // A part that lies in an object which is moving, as it was announced.
  const std::vector<Module*> holders = other.holders_;
  for (Module* holder : holders) {
    for (detail::ModulePart& part : holder->parts_) {
      if (part.module != &other || part.on_the_way == 0 || part.on_the_way != way(&other, this)) continue;
      other.replace_holder(holder, nullptr);
      part.module = this, part.on_the_way = 0;
      holders_.push_back(holder);
    }
  }
}

void Module::drop_parts() {
  for (const detail::ModulePart& part : parts_)
    if (part.module) part.module->replace_holder(this, nullptr);
  parts_.clear(), slots_.clear();
}

/// One time; null takes it away.
void Module::replace_holder(const Module* before, Module* now) {
  const auto found = std::find(holders_.begin(), holders_.end(), before);
  if (found == holders_.end()) return;
  if (now) *found = now;
  else holders_.erase(found);
}

void Module::check_not_sliced() const {
  if (!moved_from_ || *moved_from_ == typeid(*this)) return;
  fail("a {} was moved into a {}, which leaves what only the first has behind; move it into one of its own class",
       type_name(*moved_from_), type_name(typeid(*this)));
}

void Module::each_part(const std::function<void(const std::string&, const detail::PlacedModule&)>& f) const {
  check_not_sliced();
  for (const detail::ModulePart& part : parts_) {
    if (!part.list) {
      if (!part.module)
        fail(
            "the part '{}' of a {} was destroyed, or moved to another place; a vector of parts is named as a whole, "
            "children(\"{}\", members)",
            part.name, type_name(typeid(*this)), part.name);
      const std::byte* begin = reinterpret_cast<const std::byte*>(part.module) + part.object;
      f(part.name, detail::PlacedModule{part.module, begin, part.bytes});
      continue;
    }
    const std::size_t size = part.read->size(part.list);
    for (std::size_t i = 0; i < size; ++i) {
      const detail::PlacedModule member = part.read->at(part.list, i);
      check(member.module != nullptr, "a module's part '{}.{}' is null; make it first", part.name, i);
      f(part.name + "." + std::to_string(i), member);
    }
  }
}

template <class F> void Module::walk(const std::string& prefix, F&& f) const {
  for (const detail::ModuleSlot& slot : slots_) {
    if (!slot.list) {
      f(joined(prefix, slot.name), slot);
      continue;
    }
    for (std::size_t i = 0; i < slot.list->size(); ++i)
      f(joined(prefix, slot.name + "." + std::to_string(i)),
        detail::ModuleSlot{"", &(*slot.list)[i], slot.is_parameter});
  }
  each_part(
      [&](const std::string& name, const detail::PlacedModule& part) { part.module->walk(joined(prefix, name), f); });
}

std::vector<std::pair<std::string, Tensor*>> Module::slots(bool buffers) const {
  std::vector<std::pair<std::string, Tensor*>> found;
  std::unordered_set<const void*> seen;
  walk("", [&](const std::string& name, const detail::ModuleSlot& slot) {
    if (!slot.tensor->defined() || (!buffers && !slot.is_parameter)) return;
    if (seen.insert(slot.tensor->id()).second) found.emplace_back(name, slot.tensor);
  });
  return found;
}

std::vector<NamedTensor> Module::named_parameters(const char* caller) const {
  asked("named_parameters", caller);
  std::vector<NamedTensor> result;
  for (const auto& [name, tensor] : slots(false)) result.push_back({name, *tensor});
  return result;
}

Tensors Module::parameters(const char* caller) const {
  asked("parameters", caller);
  Tensors result;
  for (const auto& [name, tensor] : slots(false)) result.push_back(*tensor);
  return result;
}

std::vector<NamedTensor> Module::trainable_parameters(const char* caller) const {
  std::vector<NamedTensor> result = named_parameters(caller);
  std::erase_if(result, [](const NamedTensor& p) { return !grad_required(p.tensor); });
  return result;
}

std::vector<std::pair<std::string, Module*>> Module::named_modules() {
  std::vector<std::pair<std::string, Module*>> found{{"", this}};
  for (std::size_t i = 0; i < found.size(); ++i) {
    // Copied, since the list grows below.
    auto [prefix, module] = found[i];
    std::vector<std::pair<std::string, Module*>> parts;
    module->each_part([&, &above = prefix](const std::string& name, const detail::PlacedModule& part) {
      parts.emplace_back(joined(above, name), part.module);
    });
    found.insert(found.begin() + static_cast<std::ptrdiff_t>(i) + 1, parts.begin(), parts.end());
  }
  return found;
}

StateDict Module::state() const {
  StateDict state;
  for (const auto& [name, tensor] : slots(true)) state[name] = *tensor;
  return state;
}

StateDict Module::state_dict(const char* caller) const {
  asked("state_dict", caller);
  return state();
}

StateDictTarget Module::state_dict_target() const {
  asked("load_state_dict", "");
  StateDictTarget target{state()};
  std::map<const void*, std::string> names;
  walk("", [&](const std::string& name, const detail::ModuleSlot& slot) {
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
    walk("", [&](const std::string&, const detail::ModuleSlot& slot) {
      if (slot.tensor->defined() && slot.tensor->id() == old) *slot.tensor = fresh;
    });
    if (trained) adora::requires_grad(fresh);
  }
}

void Module::train(bool training) {
  training_ = training;
  each_part([&](const std::string&, const detail::PlacedModule& part) { part.module->train(training); });
}

template <class F> void Module::replace(F&& f) {
  NoGrad no_grad;
  for (const auto& [name, tensor] : slots(true)) {
    Tensor old = *tensor;
    Tensor fresh = f(old);
    if (fresh.is(old)) continue;
    if (grad_required(old)) adora::requires_grad(fresh), ensure_autograd_meta(old)->replaced = true;
    // Every place that shares the tensor goes on sharing it.
    walk("", [&](const std::string&, const detail::ModuleSlot& slot) {
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
  walk("", [&](const std::string&, const detail::ModuleSlot& slot) {
    keeps = keeps || (slot.keeps_dtype && slot.tensor->is(x));
  });
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
  const bool free =
      std::none_of(slots_.begin(), slots_.end(), [&](const detail::ModuleSlot& slot) { return taken(slot.name); }) &&
      std::none_of(parts_.begin(), parts_.end(), [&](const detail::ModulePart& part) { return taken(part.name); });
  check(free, "a module already has a parameter, buffer or part named '{}'; choose another name", name);
}

bool Module::in_constructor(const char* caller) const { return *caller != '\0' && type_name(typeid(*this)) == caller; }

/// Members exist before the body of the constructor, which names them.
void Module::named_something(const char* caller) {
  if (in_constructor(caller)) named_until_ = detail::LiveModules::all().now();
}

void Module::add_slot(detail::ModuleSlot slot, const char* caller) {
  check_name(slot.name);
  slots_.push_back(std::move(slot));
  named_something(caller);
}

void Module::parameter(std::string name, Tensor& member, const char* caller) {
  add_slot({std::move(name), &member, true}, caller);
  if (member.defined()) adora::requires_grad(member);
}

void Module::parameters(std::string name, std::vector<Tensor>& members, const char* caller) {
  add_slot({std::move(name), nullptr, true, false, &members}, caller);
  for (const Tensor& member : members)
    if (member.defined()) adora::requires_grad(member);
}

void Module::buffer(std::string name, Tensor& member, bool keeps_dtype, const char* caller) {
  add_slot({std::move(name), &member, false, keeps_dtype}, caller);
}

void Module::buffer(const std::string& name, QuantizedMatrix& member) {
  std::erase_if(slots_, [&](const detail::ModuleSlot& slot) {
    return slot.name == name && slot.tensor && !slot.tensor->defined();
  });
  check_name(name);
  slots_.push_back({name + ".codes", &member.codes, false});
  slots_.push_back({name + ".scales", &member.scales, false});
  slots_.push_back({name + ".tops", &member.group_scales, false, true});
}

void Module::add_child(std::string name, detail::PlacedModule member, const char* caller) {
  check_name(name);
  check_no_part_of(*member.module, name);
  member.module->train(training_);
  const std::ptrdiff_t object =
      static_cast<const std::byte*>(member.object) - reinterpret_cast<const std::byte*>(member.module);
  parts_.push_back({std::move(name), member.module, object, member.bytes});
  member.module->holders_.push_back(this);
  named_something(caller);
}

void Module::add_children(std::string name, void* list, const detail::ModuleVector& read, const char* caller) {
  check_name(name);
  for (std::size_t i = 0; i < read.size(list); ++i) {
    Module* member = read.at(list, i).module;
    check(member != nullptr, "a module's part '{}.{}' is null; make it first", name, i);
    check_no_part_of(*member, name);
    member->train(training_);
  }
  parts_.push_back({.name = std::move(name), .list = list, .read = &read});
  named_something(caller);
}

void Module::check_no_part_of(Module& member, const std::string& name) {
  for (const auto& [path, part] : member.named_modules()) {
    if (part != this) continue;
    fail("a module can't be a part of itself: '{}' is {}", name,
         path.empty() ? "the module" : "one that holds the module as '" + path + "'");
  }
}

void Module::forget_child(const Module& member) {
  const auto forgotten = [&](const detail::ModulePart& part) { return part.module == &member; };
  for (detail::ModulePart& part : parts_)
    if (forgotten(part)) part.module->replace_holder(this, nullptr);
  std::erase_if(parts_, forgotten);
}

Tensor Module::to(const Tensor& x, DType dtype) { return adora::to(x, dtype); }
Tensor Module::to(const Tensor& x, Device device) { return adora::to(x, device); }
Tensor Module::requires_grad(const Tensor& x, bool required) { return adora::requires_grad(x, required); }

std::string class_name(const Module& module) {
  const std::string full = demangled(typeid(module)), name = type_name(typeid(module));
  // Layers for images of so many axes: Conv<2> is Conv2d.
  for (const char* axes : {"1", "2", "3"}) {
    if (full == fmt::format("adora::{}<{}>", name, axes)) return name + axes + "d";
  }
  return name;
}

void Module::print(std::string& text, const std::string& name, int depth) const {
  const std::string more = extra_repr();
  std::int64_t numbers = 0;
  for (const auto& [path, tensor] : slots(false)) numbers += tensor->numel();
  if (depth > 0) text += "\n" + std::string(static_cast<std::size_t>(2 * depth), ' ') + name + ": ";
  text += class_name(*this) + (more.empty() ? "" : " [" + more + "]");
  if (numbers > 0) text += fmt::format("{} {} parameter{}", depth > 0 ? "," : ":", numbers, numbers == 1 ? "" : "s");
  each_part(
      [&](const std::string& below, const detail::PlacedModule& part) { part.module->print(text, below, depth + 1); });
}

std::string to_string(const Module& module) {
  std::string text;
  module.print(text, "", 0);
  return text;
}

std::ostream& operator<<(std::ostream& out, const Module& module) { return out << to_string(module); }

}  // namespace adora
