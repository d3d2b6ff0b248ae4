#include "lists.h"

#include <algorithm>

#include "questions.h"

namespace adora::tiny_world {

namespace {

const std::string& any_word(Writer& writer) {
  if (chance(0.4, writer.generator)) return any_of(writer.world.things, writer.generator).name;
  return any_of(writer.world.values[writer.generator.below(all_relations)], writer.generator);
}

// "compare red and blue ? false . pim and pim ? true ."
void compare(Writer& writer) {
  writer.frame("compare");
  for (int i = 0; i < 4; ++i) {
    const std::string one = any_word(writer);
    const std::string other = chance(0.5, writer.generator) ? one : any_word(writer);
    writer.noise(one);
    writer.noise("and");
    writer.noise(other);
    writer.frame("?");
    writer.answer(one == other ? "true" : "false");
    writer.frame(".");
  }
}

// "again red correct iron . red correct iron ."
void repeat(Writer& writer) {
  static const std::vector<std::string> task_words = question_words();
  std::vector<std::string> words;
  const std::size_t count = 4 + writer.generator.below(7);
  for (std::size_t i = 0; i < count; ++i)
    words.push_back(chance(writer.mix.task_words, writer.generator) ? any_of(task_words, writer.generator)
                                                                    : any_word(writer));
  writer.frame("again");
  for (const auto& word : words) writer.noise(word);
  writer.frame(".");
  for (const auto& word : words) writer.fact(word);
  writer.frame(".");
}

}  // namespace

void write_list(Writer& writer) {
  static const std::vector<std::vector<std::string>> label_sets = {
      {"solution1", "solution2"},
      {"option1", "option2"},
      {"answer1", "answer2", "answer3", "answer4"},
      {"ending1", "ending2", "ending3", "ending4"},
      {"a:", "b:", "c:", "d:", "e:"},
  };
  const double draw = writer.generator.uniform();
  if (draw < 0.2) return repeat(writer);
  if (draw < 0.35) return compare(writer);
  auto labels = any_of(label_sets, writer.generator);
  if (labels.size() > 2) labels.resize(labels.size() - writer.generator.below(2));
  std::vector<std::string> words;
  while (words.size() < labels.size()) {
    const std::string& word = any_word(writer);
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  }
  writer.frame("list");
  for (std::size_t i = 0; i < words.size(); ++i) writer.noise(labels[i] + " " + words[i]);
  writer.frame(".");
  // Any word may be asked for again, so that nothing follows from what was asked before.
  for (int i = 0; i < 4; ++i) {
    const std::size_t one = writer.generator.below(words.size());
    const bool label_asked = chance(0.85, writer.generator);
    writer.noise(label_asked ? words[one] : labels[one]);
    if (chance(0.3, writer.generator)) writer.frame("is");
    writer.answer(label_asked ? labels[one] : words[one]);
    writer.frame(".");
  }
}

}  // namespace adora::tiny_world
