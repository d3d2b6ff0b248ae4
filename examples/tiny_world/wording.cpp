#include "wording.h"

#include <sstream>

#include "draw.h"

namespace adora::tiny_world {

const Wordings& statements() {
  static const Wordings table = {{
      {"is a {v}", "is a kind of {v}"},
      {"is {v}", "has the colour {v}"},
      {"is made of {v}", "consists of {v}"},
      {"is kept in the {v}", "stands in the {v}"},
      {"belongs to {v}", "is owned by {v}"},
      {"is used for {v}", "is good for {v}"},
      {"has an owner in {v}", "is owned in {v}"},
  }};
  return table;
}

const Wordings& questions_forward() {
  static const Wordings table = {{
      {"what kind of thing is {t}", "what is {t}"},
      {"what colour is {t}", "which colour has {t}"},
      {"what is {t} made of", "which material has {t}"},
      {"where is {t} kept", "where does {t} stand"},
      {"who owns {t}", "to whom does {t} belong"},
      {"what is {t} used for", "for what is {t} good"},
      {"where does the owner of {t} live", "in which town is {t} owned"},
  }};
  return table;
}

std::string general_fact(const World& world, Relation relation, std::size_t source) {
  if (relation == Relation::use)
    return "a " + world.values[index(Relation::kind)][source] + " is used for " +
           world.values[index(Relation::use)][world.use_of_kind[source]];
  return world.values[index(Relation::owner)][source] + " lives in " +
         world.values[index(Relation::home)][world.home_of_owner[source]];
}

std::size_t value_before(const World& world, std::size_t thing, Relation relation) {
  return world.value_index(thing, relation == Relation::use ? Relation::kind : Relation::owner);
}

std::string fill(std::string sentence, const std::vector<std::pair<std::string, std::string>>& gaps) {
  for (const auto& [gap, words] : gaps) {
    const std::size_t at = sentence.find(gap);
    if (at != std::string::npos) sentence.replace(at, gap.size(), words);
  }
  return sentence;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

}  // namespace adora::tiny_world
