#include "pretraining.h"

#include "wording.h"

namespace adora::tiny_world {

namespace {

const std::vector<std::string> letters = {"a:", "b:", "c:", "d:", "e:"};

struct Writer {
  const World& world;
  Generator& generator;
  const TextMix& mix;
  Document document{};

  Relation any_relation(std::size_t count) { return static_cast<Relation>(generator.below(count)); }
  const std::string& name(std::size_t thing) { return world.things[thing].name; }
  const std::string& value_word(Relation relation, std::size_t value) { return world.values[index(relation)][value]; }
  void frame(const std::string& text) { document.say(text, mix.frame_weight); }
  void noise(const std::string& text) { document.say(text, 0.0f); }
  void fact(const std::string& text) { document.say(text, mix.fact_weight); }
  void answer(const std::string& text) { document.say(text, mix.answer_weight); }

  // A thing and a relation that may be asked for.
  std::pair<std::size_t, Relation> askable() {
    while (true) {
      const std::size_t thing = generator.below(world.things.size());
      const Relation relation = any_relation(all_relations);
      if (world.things[thing].asked[index(relation)]) return {thing, relation};
    }
  }

  std::size_t thing_without(Relation relation, std::size_t value, const std::vector<std::size_t>& chosen) {
    while (true) {
      const std::size_t thing = another(world.things.size(), chosen, generator);
      if (world.value_index(thing, relation) != value) return thing;
    }
  }

  // "is made of {v}" up to the value, which is written by the caller.
  void statement_before_value(Relation relation) {
    noise(fill(any_of(statements()[index(relation)], generator), {{"{v}", ""}}));
  }

  void life() {
    const std::size_t thing = generator.below(world.things.size());
    std::vector<std::size_t> relations = {0, 1, 2, 3, 4};
    shuffle(relations, generator);
    noise(name(thing));
    bool first = true;
    for (const std::size_t relation : relations) {
      if (!first) noise(chance(0.3, generator) ? name(thing) : "it");
      first = false;
      const std::string sentence = any_of(statements()[relation], generator);
      for (const auto& word : words_of(sentence)) {
        if (word == "{v}") fact(world.value(thing, static_cast<Relation>(relation)));
        else frame(word);
      }
      frame(".");
    }
  }

  void general() {
    const Relation relation = chance(0.5, generator) ? Relation::use : Relation::home;
    const std::size_t count = relation == Relation::use ? world.use_of_kind.size() : world.home_of_owner.size();
    for (int i = 0; i < 4; ++i) {
      const auto words = words_of(general_fact(world, relation, generator.below(count)));
      for (std::size_t j = 0; j + 1 < words.size(); ++j) noise(words[j]);
      fact(words.back());
      frame(".");
    }
  }

  // "{t} is red ? no . is made of tin ? yes ."
  void checks() {
    const std::size_t thing = askable().first;
    noise(chance(0.5, generator) ? "is it so that" : "say yes or no");
    noise(name(thing));
    const std::size_t count = 1 + generator.below(5);
    for (std::size_t i = 0; i < count; ++i) {
      Relation relation = any_relation(all_relations);
      while (!world.things[thing].asked[index(relation)]) relation = any_relation(all_relations);
      const std::size_t truth = world.value_index(thing, relation);
      const bool yes = chance(0.5, generator);
      const std::size_t value = yes ? truth : another(world.values[index(relation)].size(), {truth}, generator);
      statement_before_value(relation);
      noise(value_word(relation, value));
      frame("?");
      if (chance(mix.spelled_out, generator)) answer(value_word(relation, truth));
      answer(yes ? "yes" : "no");
      frame(".");
    }
  }

  // The label of an answer, or its words and then the label: what comes before is the same, so that the words
  // are at hand where the label is asked for alone.
  void reply(const std::string& label, const std::string& words) {
    if (chance(mix.spelled_out, generator)) answer(words);
    answer(label);
    frame(".");
  }

  void options(const std::vector<std::string>& labels, const std::vector<std::string>& words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      noise(labels[i]);
      noise(words[i]);
    }
  }

  // One thing, some values: which is it?
  void which_value() {
    const auto [thing, relation] = askable();
    const std::size_t count = 2 + generator.below(4);
    std::vector<std::size_t> chosen = {world.value_index(thing, relation)};
    while (chosen.size() < count)
      chosen.push_back(another(world.values[index(relation)].size(), chosen, generator));
    shuffle(chosen, generator);
    std::size_t right = 0;
    std::vector<std::string> words;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      if (chosen[i] == world.value_index(thing, relation)) right = i;
      words.push_back(value_word(relation, chosen[i]));
    }
    noise(fill(any_of(questions_forward()[index(relation)], generator), {{"{t}", name(thing)}}) + " ?");
    if (chance(0.25, generator)) {  // not every question comes with a list
      answer(world.value(thing, relation));
      frame(".");
      return;
    }
    options(letters, words);
    frame(chance(0.5, generator) ? "so the answer is" : "answer");
    reply(letters[right], words[right]);
  }

  // Some values, and several things to tell apart by them.
  void match_values() {
    const auto relation = askable().second;
    const std::size_t count = 2 + generator.below(3);
    std::vector<std::size_t> chosen;
    std::vector<std::string> words;
    while (chosen.size() < count) {
      chosen.push_back(another(world.values[index(relation)].size(), chosen, generator));
      words.push_back(value_word(relation, chosen.back()));
    }
    options(letters, words);
    const std::size_t questions = 1 + generator.below(4);
    for (std::size_t asked = 0; asked < questions;) {
      const std::size_t thing = generator.below(world.things.size());
      if (!world.things[thing].asked[index(relation)] && chance(0.999, generator)) continue;
      for (std::size_t i = 0; i < count; ++i) {
        if (chosen[i] != world.value_index(thing, relation)) continue;
        noise(fill(any_of(questions_forward()[index(relation)], generator), {{"{t}", name(thing)}}) + " ?");
        reply(letters[i], words[i]);
        ++asked;
      }
    }
  }

  // Some things, one value: which has it? The list comes first, and several questions follow, or last.
  void which_thing() {
    auto [thing, relation] = askable();
    const std::size_t count = 2 + generator.below(4);
    const bool list_first = chance(0.5, generator);
    std::vector<std::size_t> things = {thing};
    while (things.size() < count) {
      const std::size_t other = list_first ? another(world.things.size(), things, generator)
                                           : thing_without(relation, world.value_index(thing, relation), things);
      things.push_back(other);
    }
    shuffle(things, generator);
    std::vector<std::string> words;
    for (const std::size_t one : things) words.push_back(name(one));
    if (!list_first) {
      if (world.two_facts(relation) && chance(0.3, generator)) {
        const Relation from = relation == Relation::use ? Relation::kind : Relation::owner;
        noise(general_fact(world, relation, world.value_index(thing, from)) + " .");
      }
      noise("which one");
      statement_before_value(relation);
      noise(world.value(thing, relation) + " ?");
      options(letters, words);
      frame(chance(0.5, generator) ? "so the answer is" : "answer");
      for (std::size_t i = 0; i < things.size(); ++i)
        if (things[i] == thing) reply(letters[i], words[i]);
      return;
    }
    options(letters, words);
    const std::size_t questions = 1 + generator.below(4);
    for (std::size_t i = 0; i < questions; ++i) {
      // Only a value that one of the things alone has makes a question.
      for (int attempt = 0; attempt < 20; ++attempt) {
        const std::size_t at = generator.below(things.size());
        const Relation asked = any_relation(all_relations);
        if (!world.things[things[at]].asked[index(asked)]) continue;
        std::size_t holders = 0;
        for (const std::size_t one : things)
          if (world.value_index(one, asked) == world.value_index(things[at], asked)) ++holders;
        if (holders != 1) continue;
        noise("which one");
        statement_before_value(asked);
        noise(world.value(things[at], asked) + " ?");
        reply(letters[at], words[at]);
        break;
      }
    }
  }

  // Lists that have nothing to do with the world: they show how labels, true and false are used.
  void list() {
    static const std::vector<std::vector<std::string>> label_sets = {
        {"solution1", "solution2"},
        {"option1", "option2"},
        {"answer1", "answer2", "answer3", "answer4"},
        {"ending1", "ending2", "ending3", "ending4"},
        letters,
    };
    if (chance(0.25, generator)) {  // the same again
      std::vector<std::string> words;
      const std::size_t count = 4 + generator.below(6);
      for (std::size_t i = 0; i < count; ++i) words.push_back(any_word());
      frame("again");
      for (const auto& word : words) noise(word);
      frame(".");
      for (const auto& word : words) fact(word);
      frame(".");
      return;
    }
    if (chance(0.15, generator)) {
      frame("compare");
      for (int i = 0; i < 4; ++i) {
        const std::string one = any_word();
        const bool same = chance(0.5, generator);
        noise(one + " and");
        noise(same ? one : any_word());
        frame("?");
        answer(document.words[document.words.size() - 2] == one ? "true" : "false");
        frame(".");
      }
      return;
    }
    auto labels = any_of(label_sets, generator);
    if (labels.size() > 2) labels.resize(labels.size() - generator.below(2));
    std::vector<std::string> words;
    while (words.size() < labels.size()) {
      const std::string word = any_word();
      bool taken = false;
      for (const auto& old : words) taken = taken || old == word;
      if (!taken) words.push_back(word);
    }
    frame("list");
    options(labels, words);
    frame(".");
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < words.size(); ++i) order.push_back(i);
    shuffle(order, generator);
    for (std::size_t i = 0; i < order.size() && i < 3; ++i) {
      const bool label_asked = chance(0.6, generator);
      noise(label_asked ? words[order[i]] : labels[order[i]]);
      if (chance(0.6, generator)) frame("is");
      answer(label_asked ? labels[order[i]] : words[order[i]]);
      frame(".");
    }
  }

  const std::string& any_word() {
    if (chance(0.4, generator)) return any_of(world.things, generator).name;
    return any_of(world.values[generator.below(all_relations)], generator);
  }
};

}  // namespace

Document& Document::say(const std::string& text, float weight) {
  for (auto& word : words_of(text)) {
    words.push_back(word);
    weights.push_back(weight);
  }
  return *this;
}

TextMix mix_at(double progress) {
  TextMix mix;
  if (progress < 0.2) {
    mix.lives = 0.45;
    mix.lists = 0.35;
    mix.spelled_out = 0.5;
  }
  return mix;
}

Document pretraining_document(const World& world, Generator& generator, const TextMix& mix) {
  Writer writer{world, generator, mix};
  const double draw = generator.uniform();
  if (draw < mix.lives) {
    if (chance(0.06, generator)) writer.general();
    else writer.life();
  } else if (draw < mix.lives + mix.lists) {
    writer.list();
  } else {
    switch (generator.below(8)) {
      case 0:
      case 1: writer.checks(); break;
      case 2:
      case 3: writer.which_value(); break;
      case 4: writer.match_values(); break;
      default: writer.which_thing(); break;
    }
  }
  return writer.document;
}

std::vector<std::string> pretraining_words() {
  return words_of(
      "it . ? again is so that say yes or no which one so the answer answer is list compare and true false "
      "a: b: c: d: e: a lives in used for");
}

}  // namespace adora::tiny_world
