#pragma once
// Random draws in the same order on every platform, unlike those of <random>.

#include <cstddef>
#include <utility>
#include <vector>

#include "../../core/random.h"
#include "world.h"

namespace adora::tiny_world {

inline std::size_t index(Relation relation) { return static_cast<std::size_t>(relation); }

inline bool chance(double probability, Generator& generator) { return generator.uniform() < probability; }

template <typename Values> const auto& any_of(const Values& values, Generator& generator) {
  return values[generator.below(values.size())];
}

template <typename Value> void shuffle(std::vector<Value>& values, Generator& generator) {
  for (std::size_t left = values.size(); left > 1; --left) std::swap(values[left - 1], values[generator.below(left)]);
}

// Things or values other than those already chosen.
inline std::size_t another(std::size_t count, const std::vector<std::size_t>& chosen, Generator& generator) {
  while (true) {
    const std::size_t candidate = generator.below(count);
    bool taken = false;
    for (const std::size_t old : chosen) taken = taken || old == candidate;
    if (!taken) return candidate;
  }
}

}  // namespace adora::tiny_world
