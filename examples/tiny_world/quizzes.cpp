#include "quizzes.h"

#include <algorithm>

#include "questions.h"

namespace adora::tiny_world {

namespace {

const std::vector<std::string> letters = {"a:", "b:", "c:", "d:", "e:"};

struct Fact {
  std::size_t thing;
  Relation relation;
};

Fact any_fact(Writer& writer) {
  while (true) {
    const Fact fact{writer.any_thing(), writer.any_relation()};
    if (writer.may_ask(fact.thing, fact.relation)) return fact;
  }
}

// Another thing that may be asked for the relation and has the value, or has it not.
std::size_t thing_where(Writer& writer, Relation relation, std::size_t value, bool has,
                        const std::vector<std::size_t>& chosen) {
  for (int attempt = 0;; ++attempt) {
    const std::size_t thing = another(writer.world.things.size(), chosen, writer.generator);
    if ((writer.world.value_index(thing, relation) == value) != has) continue;
    // Few things may be left that can be asked for.
    if (writer.may_ask(thing, relation) || attempt > 200) return thing;
  }
}

struct Options {
  std::vector<std::string> words;
  std::size_t right;
};

// Words of the tasks' questions in any order: what surrounds a question is not part of it.
void distract(Writer& writer, std::size_t most) {
  static const std::vector<std::string> words = question_words();
  if (!chance(writer.mix.distracted, writer.generator)) return;
  for (std::size_t left = 1 + writer.generator.below(most); left > 0; --left)
    writer.noise(any_of(words, writer.generator));
}

// The options with their labels, then the answer.
void choose(Writer& writer, const Options& options) {
  Generator& generator = writer.generator;
  const bool marked = chance(writer.mix.marked, generator);
  for (std::size_t i = 0; i < options.words.size(); ++i) {
    writer.noise(letters[i]);
    writer.noise(options.words[i]);
    if (marked) writer.mark(i == options.right);
  }
  if (chance(0.5, generator)) {
    writer.frame("choose");
    for (std::size_t i = 0; i < options.words.size(); ++i) writer.frame((i ? "/ " : "") + letters[i]);
  }
  distract(writer, 4);
  writer.frame(chance(0.5, generator) ? "so the answer is" : "answer");
  if (chance(writer.mix.spelled_out, generator)) writer.answer(options.words[options.right]);
  writer.answer(letters[options.right]);
  writer.frame(".");
}

// A shuffled list of which the first was the right one.
template <typename Word> Options shuffled(Writer& writer, std::vector<std::size_t> chosen, const Word& word) {
  const std::size_t truth = chosen.front();
  shuffle(chosen, writer.generator);
  Options options;
  for (const std::size_t one : chosen) options.words.push_back(word(one));
  options.right = static_cast<std::size_t>(std::find(chosen.begin(), chosen.end(), truth) - chosen.begin());
  return options;
}

}  // namespace

void write_which_value(Writer& writer) {
  distract(writer, 10);
  const auto [thing, relation] = any_fact(writer);
  const std::size_t truth = writer.world.value_index(thing, relation);
  if (chance(writer.mix.unfinished, writer.generator)) {
    writer.noise(writer.name(thing) + " " + writer.statement(relation) + " :");
  } else {
    const auto& question = any_of(questions_forward()[index(relation)], writer.generator);
    writer.noise(fill(question, {{"{t}", writer.name(thing)}}) + " ?");
  }
  if (chance(0.15, writer.generator)) {  // not every question comes with a list
    writer.answer(writer.word(relation, truth));
    writer.frame(".");
    return;
  }
  std::vector<std::size_t> chosen = {truth};
  const std::size_t count = 2 + writer.generator.below(3);
  while (chosen.size() < count) chosen.push_back(writer.other_value(relation, chosen));
  choose(writer, shuffled(writer, chosen, [&, of = relation](std::size_t value) { return writer.word(of, value); }));
}

void write_which_thing(Writer& writer) {
  distract(writer, 10);
  const auto [thing, relation] = any_fact(writer);
  const std::size_t value = writer.world.value_index(thing, relation);
  if (writer.world.two_facts(relation) && chance(0.3, writer.generator))
    writer.noise(general_fact(writer.world, relation, value_before(writer.world, thing, relation)) + " .");
  writer.noise("which one " + writer.statement(relation) + " " + writer.word(relation, value) + " ?");
  std::vector<std::size_t> chosen = {thing};
  const std::size_t count = 2 + writer.generator.below(3);
  while (chosen.size() < count) chosen.push_back(thing_where(writer, relation, value, false, chosen));
  choose(writer, shuffled(writer, chosen, [&](std::size_t one) { return writer.name(one); }));
}

void write_checks(Writer& writer) {
  distract(writer, 10);
  writer.noise(chance(0.5, writer.generator) ? "is it so that" : "say yes or no");
  const std::size_t count = 1 + writer.generator.below(4);
  for (std::size_t i = 0; i < count; ++i) {
    const auto [thing, relation] = any_fact(writer);
    const std::size_t truth = writer.world.value_index(thing, relation);
    const bool yes = chance(0.5, writer.generator);
    const std::size_t value = yes ? truth : writer.other_value(relation, {truth});
    writer.noise(writer.name(thing) + " " + writer.statement(relation) + " " + writer.word(relation, value) + " ?");
    writer.answer(yes ? "yes" : "no");
    writer.frame(".");
  }
}

void write_rating(Writer& writer) {
  const std::size_t count = 5 + writer.generator.below(5);
  const auto first = any_fact(writer);
  std::vector<std::size_t> chosen;
  if (chance(0.5, writer.generator)) {
    writer.noise("rate " + writer.name(first.thing) + " :");
    for (std::size_t i = 0; i < count; ++i) {
      Relation relation = writer.any_relation();
      while (!writer.may_ask(first.thing, relation)) relation = writer.any_relation();
      const std::size_t truth = writer.world.value_index(first.thing, relation);
      const bool yes = chance(0.5, writer.generator);
      writer.noise(writer.word(relation, yes ? truth : writer.other_value(relation, {truth})));
      writer.mark(yes);
    }
  } else {
    const std::size_t value = writer.world.value_index(first.thing, first.relation);
    writer.noise("rate " + writer.word(first.relation, value) + " :");
    for (std::size_t i = 0; i < count; ++i) {
      const bool yes = chance(0.5, writer.generator);
      writer.noise(writer.name(thing_where(writer, first.relation, value, yes, {})));
      writer.mark(yes);
    }
  }
  writer.frame(".");
}

void write_quiz(Writer& writer) {
  switch (writer.generator.below(5)) {
    case 0: return write_checks(writer);
    case 1:
    case 2: return write_which_value(writer);
    default: return write_which_thing(writer);
  }
}

}  // namespace adora::tiny_world
