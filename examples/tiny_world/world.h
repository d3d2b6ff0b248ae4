#pragma once
// The facts of a small invented world: things, and what is so about each of them.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace adora::tiny_world {

// The relations that questions ask about. The first five are stated of each thing; the last two follow from two facts:
// a kind has a use, an owner has a home.
enum class Relation { kind, color, material, place, owner, use, home };
inline constexpr std::size_t stated_relations = 5;
inline constexpr std::size_t all_relations = 7;

struct Thing {
  std::string name;
  std::array<std::size_t, stated_relations> values;  // indices into World::values
  std::array<bool, all_relations> asked;             // whether pre-training may ask for the fact
};

struct World {
  std::vector<Thing> things;
  std::array<std::vector<std::string>, all_relations> values;  // the words a relation can take
  std::vector<std::size_t> use_of_kind;
  std::vector<std::size_t> home_of_owner;

  std::size_t value_index(std::size_t thing, Relation relation) const;
  const std::string& value(std::size_t thing, Relation relation) const;
  bool two_facts(Relation relation) const { return relation == Relation::use || relation == Relation::home; }
};

World make_world(std::uint64_t seed);

}  // namespace adora::tiny_world
