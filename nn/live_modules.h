#pragma once
// Not in adora.h: the library's own.
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "module.h"

namespace adora::detail {

/// The modules that there are, by which a member that was not named is found.
struct LiveModules {
  static LiveModules& all();

  void add(Module& module);
  void remove(Module& module);
  /// A new moment: later than all before.
  std::uint64_t now() { return ++clock; }

  /// Those made on the thread of `module` while its constructor ran, up to when it last named something; and those
  /// that lie in `placed`, the object that it is the base of. In the order they were made.
  std::vector<Module*> made_within(const Module& module, const PlacedModule& placed);
  /// A copy, in the order they were made.
  std::vector<Module*> list();

  std::mutex mutex;
  std::atomic<std::uint64_t> clock = 0;
  std::map<std::uint64_t, Module*> by_birth;
  std::set<const void*> by_address;
};

}  // namespace adora::detail
