#include "pretraining.h"

#include "lists.h"
#include "quizzes.h"

namespace adora::tiny_world {

void write_life(Writer& writer) {
  const std::size_t thing = writer.any_thing();
  std::vector<std::size_t> relations = {0, 1, 2, 3, 4};
  shuffle(relations, writer.generator);
  writer.noise(writer.name(thing));
  for (std::size_t i = 0; i < relations.size(); ++i) {
    if (i > 0) writer.noise(chance(0.3, writer.generator) ? writer.name(thing) : "it");
    const auto relation = static_cast<Relation>(relations[i]);
    writer.frame(writer.statement(relation));
    writer.fact(writer.world.value(thing, relation));
    writer.frame(".");
  }
}

void write_general(Writer& writer) {
  for (int i = 0; i < 4; ++i) {
    const Relation relation = chance(0.5, writer.generator) ? Relation::use : Relation::home;
    const std::size_t count =
        relation == Relation::use ? writer.world.use_of_kind.size() : writer.world.home_of_owner.size();
    const auto words = words_of(general_fact(writer.world, relation, writer.generator.below(count)));
    for (std::size_t j = 0; j + 1 < words.size(); ++j) writer.noise(words[j]);
    writer.fact(words.back());
    writer.frame(".");
  }
}

TextMix mix_at(double progress) {
  TextMix mix;
  if (progress < 0.12) {
    mix.lives = 0.15;
    mix.ratings = 0;
    mix.lists = 0.85;
  } else if (progress < 0.25) {
    mix.lives = 0.35;
    mix.lists = 0.2;
  } else if (progress > 0.5) {
    // Lists and judgements are learned by now, and quizzes whose right option is marked. The others are what
    // fine-tuning builds on, and come last.
    mix.ratings = 0.08;
    mix.lists = 0.06;
    mix.marked = 0.2;
  }
  return mix;
}

Document pretraining_document(const World& world, Generator& generator, const TextMix& mix) {
  Writer writer{world, generator, mix};
  double draw = generator.uniform();
  if (draw < mix.lives) {
    if (chance(0.1, generator)) write_general(writer);
    else write_life(writer);
  } else if ((draw -= mix.lives) < mix.ratings) {
    write_rating(writer);
  } else if (draw - mix.ratings < mix.lists) {
    write_list(writer);
  } else {
    write_quiz(writer);
  }
  return writer.document;
}

std::vector<std::string> pretraining_words() {
  return words_of(
      "it . : / ? again is so that say yes or no which one the answer choose rate list compare and true false "
      "a: b: c: d: e: a lives in used for");
}

}  // namespace adora::tiny_world
