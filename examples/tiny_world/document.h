#pragma once
// A text whose words count differently in the loss, and what writing one needs.

#include <string>
#include <utility>
#include <vector>

#include "draw.h"
#include "wording.h"
#include "world.h"

namespace adora::tiny_world {

// weights[i] says how much predicting words[i] counts in the loss.
struct Document {
  std::vector<std::string> words;
  std::vector<float> weights;

  Document& say(const std::string& text, float weight) {
    for (auto& word : words_of(text)) {
      words.push_back(std::move(word));
      weights.push_back(weight);
    }
    return *this;
  }
};

// Shares of the kinds of documents (the rest is quizzes), and what a word of each sort counts.
struct TextMix {
  double lives = 0.12;
  double ratings = 0.20;
  double lists = 0.10;
  double task_words = 0.5;   // of the words of a list to repeat: those the tasks' questions are made of
  double distracted = 0.5;   // of the quizzes' questions and answers: those after words that mean nothing there
  double unfinished = 0.35;  // of the questions for a value: those that are a statement without it
  double marked = 0.5;       // of the quizzes: those whose options are each followed by yes or no
  double spelled_out = 0.2;  // of the quizzes: those whose answer is said in words before its label
  float frame_weight = 0.05f;
  float fact_weight = 1.0f;
  float mark_weight = 1.0f;
  float answer_weight = 2.0f;
};

// Appends to one document. Words that can't be foreseen (which thing, which options) are `noise`.
struct Writer {
  const World& world;
  Generator& generator;
  const TextMix& mix;
  bool of_asked = true;  // false: questions about the facts that are kept out of pre-training
  Document document{};

  void noise(const std::string& text) { document.say(text, 0.0f); }
  void frame(const std::string& text) { document.say(text, mix.frame_weight); }
  void fact(const std::string& text) { document.say(text, mix.fact_weight); }
  void mark(bool right) { document.say(right ? "yes" : "no", mix.mark_weight); }
  void answer(const std::string& text) { document.say(text, mix.answer_weight); }

  const std::string& name(std::size_t thing) const { return world.things[thing].name; }
  const std::string& word(Relation relation, std::size_t value) const { return world.values[index(relation)][value]; }
  bool may_ask(std::size_t thing, Relation relation) const {
    return world.things[thing].asked[index(relation)] == of_asked;
  }
  std::size_t any_thing() { return generator.below(world.things.size()); }
  Relation any_relation() { return static_cast<Relation>(generator.below(all_relations)); }
  std::size_t other_value(Relation relation, const std::vector<std::size_t>& chosen) {
    return another(world.values[index(relation)].size(), chosen, generator);
  }
  // "is made of": a statement without its value.
  std::string statement(Relation relation) {
    return fill(any_of(statements()[index(relation)], generator), {{"{v}", ""}});
  }
};

}  // namespace adora::tiny_world
