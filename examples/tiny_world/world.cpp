#include "world.h"

#include <algorithm>

#include "draw.h"

namespace adora::tiny_world {

namespace {

constexpr std::size_t thing_count = 64;
constexpr double asked_share = 0.8;

std::vector<std::string> invented_names(std::size_t count, Generator& generator) {
  const std::string consonants = "bdfgklmnprstvz";
  const std::string vowels = "aeiou";
  std::vector<std::string> names;
  while (names.size() < count) {
    std::string name;
    for (int syllable = 0; syllable < 2; ++syllable) {
      name += consonants[generator.below(consonants.size())];
      name += vowels[generator.below(vowels.size())];
    }
    name += consonants[generator.below(consonants.size())];
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

// Every value is given to as many things as any other, so that no answer is likelier than another.
std::vector<std::size_t> dealt(std::size_t count, std::size_t value_count, Generator& generator) {
  std::vector<std::size_t> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = i % value_count;
  shuffle(values, generator);
  return values;
}

}  // namespace

std::size_t World::value_index(std::size_t thing, Relation relation) const {
  const auto& values_of_thing = things[thing].values;
  if (relation == Relation::use) return use_of_kind[values_of_thing[index(Relation::kind)]];
  if (relation == Relation::home) return home_of_owner[values_of_thing[index(Relation::owner)]];
  return values_of_thing[index(relation)];
}

const std::string& World::value(std::size_t thing, Relation relation) const {
  return values[index(relation)][value_index(thing, relation)];
}

World make_world(std::uint64_t seed) {
  Generator generator(seed, 1);
  World world;
  world.values = {{
      {"lamp", "knife", "flute", "kettle", "broom", "needle", "wheel", "mirror"},
      {"red", "blue", "green", "yellow", "black", "white", "brown", "grey"},
      {"wood", "iron", "glass", "clay", "silver", "bone", "wax", "stone"},
      {"kitchen", "cellar", "attic", "garden", "barn", "tower", "chapel", "harbour"},
      {"anna", "boris", "clara", "david", "edith", "felix", "greta", "hugo"},
      {"reading", "cutting", "music", "cooking", "sweeping", "sewing", "travel", "looking"},
      {"norwick", "eastham", "westlow", "southby", "milford", "redhill", "oakden", "ashby"},
  }};
  world.use_of_kind = {0, 1, 2, 3, 4, 5, 6, 7};
  world.home_of_owner = dealt(8, 8, generator);

  const auto names = invented_names(thing_count, generator);
  std::array<std::vector<std::size_t>, stated_relations> columns;
  for (std::size_t relation = 0; relation < stated_relations; ++relation)
    columns[relation] = dealt(thing_count, world.values[relation].size(), generator);
  for (std::size_t i = 0; i < thing_count; ++i) {
    Thing thing;
    thing.name = names[i];
    for (std::size_t relation = 0; relation < stated_relations; ++relation)
      thing.values[relation] = columns[relation][i];
    for (auto& asked : thing.asked) asked = generator.uniform() < asked_share;
    world.things.push_back(thing);
  }
  return world;
}

}  // namespace adora::tiny_world
