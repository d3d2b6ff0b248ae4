#include "live_modules.h"

#include <algorithm>
#include <unordered_set>

#include "module.h"

namespace adora {
namespace detail {

LiveModules& LiveModules::all() {
  // Never destroyed: modules may be static variables.
  static LiveModules* const modules = new LiveModules;
  return *modules;
}

void LiveModules::add(Module& module) {
  const std::lock_guard lock(mutex);
  module.born_ = now();
  module.thread_ = std::this_thread::get_id();
  by_birth.emplace(module.born_, &module);
  by_address.insert(&module);
}

void LiveModules::remove(Module& module) {
  const std::lock_guard lock(mutex);
  by_birth.erase(module.born_);
  by_address.erase(&module);
}

std::vector<Module*> LiveModules::made_within(const Module& module, const PlacedModule& placed) {
  const std::lock_guard lock(mutex);
  std::vector<Module*> found;
  for (auto it = by_birth.upper_bound(module.born_); it != by_birth.end() && it->first <= module.named_until_; ++it)
    if (it->second->thread_ == module.thread_) found.push_back(it->second);
  const auto* begin = static_cast<const std::byte*>(placed.object);
  for (auto it = by_address.lower_bound(begin); it != by_address.end() && *it < begin + placed.bytes; ++it) {
    auto* inside = const_cast<Module*>(static_cast<const Module*>(*it));
    if (inside != &module) found.push_back(inside);
  }
  std::sort(found.begin(), found.end(), [](const Module* a, const Module* b) { return a->born_ < b->born_; });
  return found;
}

std::vector<Module*> LiveModules::list() {
  const std::lock_guard lock(mutex);
  std::vector<Module*> modules;
  for (const auto& [birth, module] : by_birth) modules.push_back(module);
  return modules;
}

}  // namespace detail

bool Module::is_in_a_list() const {
  for (const Module* module : detail::LiveModules::all().list()) {
    // Another thread may be at its own.
    if (module->thread_ != std::this_thread::get_id()) continue;
    for (const detail::ModulePart& part : module->parts_) {
      const std::size_t size = part.list ? part.read->size(part.list) : 0;
      for (std::size_t i = 0; i < size; ++i)
        if (part.read->at(part.list, i).module == this) return true;
    }
  }
  return false;
}

// A constructor that asks in between may name the others later.
void Module::asked(const char* function, const char* caller) const {
  asked_ = true;
  if (in_constructor(caller)) return;
  const std::uint64_t now = detail::LiveModules::all().clock;
  if (checked_ == now) return;
  check_all_named(function);
  checked_ = now;
}

void Module::check_all_named(const char* function) const {
  std::vector<detail::PlacedModule> below{{const_cast<Module*>(this), nullptr, 0}};
  for (std::size_t i = 0; i < below.size(); ++i)
    below[i].module->each_part([&](const std::string&, const detail::PlacedModule& part) { below.push_back(part); });
  std::unordered_set<const Module*> known;
  for (const detail::PlacedModule& one : below) known.insert(one.module);
  // The innermost that holds it is the one to name.
  for (auto one = below.rbegin(); one != below.rend(); ++one) {
    for (const Module* member : detail::LiveModules::all().made_within(*one->module, *one)) {
      if (member->holders_.empty() && !member->asked_ && !member->moved_out_ && !known.contains(member) &&
          !member->is_in_a_list())
        one->module->refuse_unnamed(function, *member);
    }
  }
}

void Module::refuse_unnamed(const char* function, const Module& member) const {
  const std::string own = class_name(*this), other = class_name(member), more = member.extra_repr();
  fail(
      "{}: a {}{} that {} made is no part of it, so that it would be neither trained nor saved: name it in the "
      "constructor of {}, child(\"NAME\", member), children(\"NAME\", members) for a vector of them; or say there "
      "leave_out(member), where that is meant",
      function, other, more.empty() ? "" : " [" + more + "]", own, own);
}

}  // namespace adora
