#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "../../../examples/tiny_world/model.h"
#include "../../../examples/tiny_world/packing.h"
#include "../../../examples/tiny_world/questions.h"
#include "../../../examples/tiny_world/quizzes.h"
#include "../../../examples/tiny_world/recipe.h"
#include "../../catch.h"

using namespace adora;
using namespace adora::tiny_world;

namespace {

std::string joined(const Document& document) {
  std::string text;
  for (const auto& word : document.words) text += word + " ";
  return text;
}

// The relation whose values contain the word, or none.
std::pair<std::size_t, std::size_t> place_of(const World& world, const std::string& word) {
  for (std::size_t relation = 0; relation < all_relations; ++relation)
    for (std::size_t value = 0; value < world.values[relation].size(); ++value)
      if (world.values[relation][value] == word) return {relation, value};
  return {all_relations, 0};
}

std::size_t thing_named(const World& world, const std::string& name) {
  for (std::size_t i = 0; i < world.things.size(); ++i)
    if (world.things[i].name == name) return i;
  return world.things.size();
}

// Whether one word is a thing and the other a value that it has.
bool belong_together(const World& world, const std::string& one, const std::string& other) {
  const std::size_t thing = std::min(thing_named(world, one), thing_named(world, other));
  if (thing == world.things.size()) return false;
  const auto [relation, value] = place_of(world, world.things[thing].name == one ? other : one);
  return relation < all_relations && world.value_index(thing, static_cast<Relation>(relation)) == value;
}

}  // namespace

TEST_CASE("a world depends on its seed alone, and deals every value to as many things") {
  const World world = make_world(3), again = make_world(3), other = make_world(4);
  REQUIRE(world.things.size() == again.things.size());
  std::set<std::string> names;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> holders;
  for (std::size_t i = 0; i < world.things.size(); ++i) {
    CHECK(world.things[i].name == again.things[i].name);
    CHECK(world.things[i].values == again.things[i].values);
    CHECK(world.things[i].asked == again.things[i].asked);
    names.insert(world.things[i].name);
    for (std::size_t relation = 0; relation < stated_relations; ++relation)
      ++holders[{relation, world.things[i].values[relation]}];
  }
  CHECK(names.size() == world.things.size());
  CHECK(world.things.front().name != other.things.front().name);
  for (std::size_t relation = 0; relation < stated_relations; ++relation)
    for (std::size_t value = 0; value < world.values[relation].size(); ++value)
      CHECK(holders[{relation, value}] == world.things.size() / world.values[relation].size());
}

TEST_CASE("what follows from a kind or an owner is the same for every thing that shares it") {
  const World world = make_world(0);
  for (std::size_t a = 0; a < world.things.size(); ++a)
    for (std::size_t b = 0; b < a; ++b) {
      CHECK((world.value(a, Relation::kind) == world.value(b, Relation::kind)) ==
            (world.value(a, Relation::use) == world.value(b, Relation::use)));
      CHECK((world.value(a, Relation::owner) == world.value(b, Relation::owner)) ==
            (world.value(a, Relation::home) == world.value(b, Relation::home)));
    }
}

TEST_CASE("rows of text are reproducible, hold known words alone and count only what they say") {
  const World world = make_world(0);
  const Vocabulary vocabulary(world);
  Generator one(7, 1), two(7, 1), three(8, 1);
  const Rows rows = Packer(world, vocabulary, one).rows(200, 64, TextMix{});
  CHECK(rows.tokens == Packer(world, vocabulary, two).rows(200, 64, TextMix{}).tokens);
  CHECK(rows.tokens != Packer(world, vocabulary, three).rows(200, 64, TextMix{}).tokens);
  REQUIRE(rows.tokens.size() == 200 * 64);
  REQUIRE(rows.weights.size() == rows.tokens.size());
  std::size_t padding = 0;
  for (std::size_t i = 0; i < rows.tokens.size(); ++i) {
    CHECK((rows.tokens[i] >= 0 && rows.tokens[i] < vocabulary.size()));
    if (i % 64 == 0) CHECK(rows.tokens[i] == vocabulary.bos());
    if (rows.tokens[i] == vocabulary.bos() || rows.tokens[i] == vocabulary.pad()) CHECK(rows.weights[i] == 0.0f);
    padding += rows.tokens[i] == vocabulary.pad();
  }
  CHECK(padding < rows.tokens.size() / 8);
}

TEST_CASE("documents that fit into no row wait for the next ones") {
  const World world = make_world(0);
  const Vocabulary vocabulary(world);
  Generator one(7, 1), two(7, 1);
  Packer step_by_step(world, vocabulary, one), at_once(world, vocabulary, two);
  const Rows all = at_once.rows(40, 64, TextMix{});
  std::vector<std::int64_t> tokens;
  for (int step = 0; step < 10; ++step) {
    const Rows some = step_by_step.rows(4, 64, TextMix{});
    tokens.insert(tokens.end(), some.tokens.begin(), some.tokens.end());
  }
  CHECK(tokens == all.tokens);
}

TEST_CASE("lives tell every fact of the world, and no other") {
  const World world = make_world(0);
  Generator generator(1);
  const TextMix mix;
  std::set<std::pair<std::string, std::string>> told;
  for (int i = 0; i < 2000; ++i) {
    Writer writer{world, generator, mix};
    write_life(writer);
    const auto& words = writer.document.words;
    std::size_t facts = 0;
    for (std::size_t j = 0; j < words.size(); ++j)
      if (writer.document.weights[j] == mix.fact_weight) {
        CHECK(belong_together(world, words[0], words[j]));
        told.insert({words[0], words[j]});
        ++facts;
      }
    CHECK(facts == stated_relations);
  }
  CHECK(told.size() == world.things.size() * stated_relations);
}

TEST_CASE("judgements say yes to what is so, about as often as no, and never ask for facts kept out") {
  const World world = make_world(0);
  Generator generator(2);
  const TextMix mix;
  int yes = 0, no = 0;
  for (int i = 0; i < 500; ++i) {
    Writer writer{world, generator, mix};
    write_rating(writer);
    const auto& words = writer.document.words;
    REQUIRE(words[0] == "rate");
    for (std::size_t j = 4; j < words.size(); j += 2) {
      if (words[j] != "yes" && words[j] != "no") continue;
      CHECK((words[j] == "yes") == belong_together(world, words[1], words[j - 1]));
      ++(words[j] == "yes" ? yes : no);
      if (words[j] == "no") continue;
      const std::size_t thing = std::min(thing_named(world, words[1]), thing_named(world, words[j - 1]));
      const auto relation = place_of(world, world.things[thing].name == words[1] ? words[j - 1] : words[1]).first;
      CHECK(world.things[thing].asked[relation]);
    }
  }
  CHECK(yes > 0.8 * no);
  CHECK(no > 0.8 * yes);
}

TEST_CASE("a quiz's label stands before the only option that fits") {
  const World world = make_world(0);
  Generator generator(3);
  TextMix mix;
  for (int i = 0; i < 500; ++i) {
    Writer writer{world, generator, mix};
    if (i % 2 == 0) write_which_thing(writer);
    else write_which_value(writer);
    const auto& words = writer.document.words;
    const auto options = std::find(words.begin(), words.end(), "a:");
    if (options == words.end()) continue;  // answered without a list
    const auto options_end = std::find_if(options, words.end(), [](const std::string& word) {
      return word == "choose" || word == "so" || word == "answer";
    });
    std::vector<std::string> right;
    for (auto label = options; label < options_end; ++label) {
      if (label->back() != ':') continue;
      for (auto word = words.begin(); word < options; ++word)
        if (belong_together(world, *word, *(label + 1))) {
          right.push_back(*label);
          break;
        }
    }
    CAPTURE(joined(writer.document));
    REQUIRE(words.size() > 2);
    REQUIRE(right.size() == 1);
    CHECK(words[words.size() - 2] == right[0]);
  }
}

TEST_CASE("a quiz that is distracted differs by words of the tasks' questions alone, none of which counts") {
  const World world = make_world(0);
  const auto task_words = question_words();
  for (double share : {0.0, 1.0}) {
    Generator generator(4);
    TextMix mix;
    mix.distracted = share;
    std::size_t before = 0;
    for (int i = 0; i < 200; ++i) {
      Writer writer{world, generator, mix};
      write_which_thing(writer);
      const auto& [words, weights] = writer.document;
      for (std::size_t j = 0;
           words[j] != "which" && words[j] != "a" && place_of(world, words[j]).first == all_relations; ++j) {
        CHECK(std::count(task_words.begin(), task_words.end(), words[j]) > 0);
        CHECK(weights[j] == 0.0f);
        ++before;
      }
    }
    CHECK((before > 0) == (share > 0));
  }
}

TEST_CASE("an unfinished question is a statement whose value is to be found") {
  const World world = make_world(0);
  Generator generator(5);
  TextMix mix;
  mix.distracted = 0;
  mix.unfinished = 1;
  for (int i = 0; i < 200; ++i) {
    Writer writer{world, generator, mix};
    write_which_value(writer);
    const auto& words = writer.document.words;
    CAPTURE(joined(writer.document));
    CHECK(thing_named(world, words[0]) < world.things.size());
    CHECK(std::count(words.begin(), words.end(), "?") == 0);
    CHECK(std::count(words.begin(), words.end(), ":") == 1);
  }
}

TEST_CASE("questions come out the same for a seed, and no test question is in training") {
  const World world = make_world(0);
  const Vocabulary vocabulary(world);
  const Recipe recipe;
  for (const Task task : all_tasks) {
    INFO(name_of(task));
    const auto set = make_questions(world, task, recipe.train_questions, recipe.test_questions, recipe.seed);
    const auto again = make_questions(world, task, recipe.train_questions, recipe.test_questions, recipe.seed);
    REQUIRE(set.train.size() == recipe.train_questions);
    REQUIRE(set.test.size() == recipe.test_questions);
    std::set<std::string> asked;
    for (std::size_t i = 0; i < set.train.size(); ++i) {
      CHECK(set.train[i].instruction == again.train[i].instruction);
      asked.insert(set.train[i].instruction);
    }
    CHECK(asked.size() == set.train.size());
    for (const auto& question : set.test) CHECK(asked.count(question.instruction) == 0);
  }
}

TEST_CASE("questions have the format of their task, words of the vocabulary and balanced answers") {
  const World world = make_world(0);
  const Vocabulary vocabulary(world);
  for (const Task task : all_tasks) {
    INFO(name_of(task));
    const auto set = make_questions(world, task, 400, 200, 0);
    const auto labels = labels_of(task);
    CHECK(chance_level(task) == Approx(1.0 / static_cast<double>(labels.size())));
    std::map<std::string, int> answers;
    for (const auto* part : {&set.train, &set.test})
      for (const auto& question : *part) {
        CHECK(std::count(labels.begin(), labels.end(), question.answer) == 1);
        CHECK(question.output == "the correct answer is " + question.answer);
        CHECK(prompt(question) == "### Instruction: " + question.instruction + " ### Response:");
        CHECK(question.instruction.find('{') == std::string::npos);
        CHECK(question.instruction.find("  ") == std::string::npos);
        CHECK(vocabulary.decode(vocabulary.encode(prompt(question) + " " + question.output)) ==
              prompt(question) + " " + question.output);
        ++answers[question.answer];
      }
    const double even = 600.0 / static_cast<double>(labels.size());
    for (const auto& label : labels) CHECK(answers[label] == Approx(even).epsilon(0.25));
  }
}

TEST_CASE("the right option of a question is the only one that the world agrees with") {
  const World world = make_world(0);
  for (const Task task : all_tasks) {
    INFO(name_of(task));
    for (const auto& question : make_questions(world, task, 200, 100, 0).test) {
      CAPTURE(question.instruction);
      const auto all = words_of(question.instruction);
      const auto format = std::find(all.begin(), all.end(), "format");
      const std::vector<std::string> words(all.begin(), format);
      if (task == Task::yes_no) {
        bool so = false;
        for (const auto& one : words)
          for (const auto& other : words) so = so || belong_together(world, one, other);
        CHECK((question.answer == "true") == so);
        continue;
      }
      const auto labels = labels_of(task);
      const auto options = std::find(words.begin(), words.end(), labels[0]);
      std::vector<std::string> right;
      for (auto label = options; label + 1 < words.end(); ++label) {
        if (std::find(labels.begin(), labels.end(), *label) == labels.end()) continue;
        // The stated fact between kind and use, and people who merely look on, belong to no option.
        const bool fits = std::any_of(words.begin(), options, [&](const std::string& word) {
          const auto asked = place_of(world, *(label + 1));
          if (asked.first == all_relations && place_of(world, word).first == static_cast<std::size_t>(Relation::owner))
            return *(options - 2) == word && belong_together(world, word, *(label + 1));
          return belong_together(world, word, *(label + 1));
        });
        if (fits) right.push_back(*label);
      }
      if (task == Task::fact_given) {
        CHECK(std::count(right.begin(), right.end(), question.answer) == 1);
        continue;
      }
      REQUIRE(right.size() == 1);
      CHECK(right[0] == question.answer);
    }
  }
}

TEST_CASE("the first layer of fresh weights looks at the token before", "[cpu]") {
  const World world = make_world(0);
  const Recipe recipe;
  Generator one(5), two(5);
  const Vocabulary vocabulary(world);
  const auto model = make_fresh_model(recipe, vocabulary, one), same = make_fresh_model(recipe, vocabulary, two);
  auto numbers = [](const CausalLm& of, const std::string& name) { return of.state_dict().at(name).data<float>(); };
  const float* q = numbers(*model, "model.layers.0.self_attn.q_proj.weight");
  const float* k = numbers(*model, "model.layers.0.self_attn.k_proj.weight");
  const float* k_again = numbers(*same, "model.layers.0.self_attn.k_proj.weight");
  const float* embedding = numbers(*model, "model.embed_tokens.weight");
  const auto width = static_cast<std::size_t>(recipe.hidden_size),
             head = width / static_cast<std::size_t>(recipe.heads);
  CHECK(std::equal(k, k + width * width, k_again));

  // The scores of one head for a row of tokens, position by position, in double.
  const std::size_t tokens = 12;
  int previous = 0, all = 0;
  for (std::size_t which = 0; which < 2; ++which)
    for (std::size_t at = 2; at < tokens; ++at) {
      std::vector<double> scores;
      for (std::size_t back = 0; back <= at; ++back) {
        double score = 0;
        for (std::size_t pair = 0; pair < head / 2; ++pair) {
          double value[2][2] = {};
          for (std::size_t side = 0; side < 2; ++side) {
            const std::size_t token = 20 + (side == 0 ? at : at - back);
            double square = 0;
            for (std::size_t i = 0; i < width; ++i)
              square += embedding[token * width + i] * embedding[token * width + i];
            const double scale = std::sqrt(static_cast<double>(width) / square);
            for (std::size_t half = 0; half < 2; ++half)
              for (std::size_t i = 0; i < width; ++i)
                value[side][half] += (side == 0 ? q : k)[(which * head + half * head / 2 + pair) * width + i] *
                                     embedding[token * width + i] * scale;
          }
          const double angle =
              static_cast<double>(back) *
              std::pow(recipe.rope_theta, -2.0 * static_cast<double>(pair) / static_cast<double>(head));
          score += (value[0][0] * value[1][0] + value[0][1] * value[1][1]) * std::cos(angle) +
                   (value[0][0] * value[1][1] - value[0][1] * value[1][0]) * std::sin(angle);
        }
        scores.push_back(score);
      }
      previous += std::max_element(scores.begin(), scores.end()) - scores.begin() == 1;
      ++all;
    }
  // Chance is about one in eight; what a token is like takes part in the score.
  CHECK(previous >= all * 3 / 4);
}

TEST_CASE("every compiler makes the same questions") {
  const World world = make_world(0);
  auto first = [&](Task task) { return make_questions(world, task, 1, 1, 0).train[0].instruction; };
  CHECK(first(Task::three_answers) ==
        "please choose the correct answer to the question : felix looks for lulab . where does lulab stand ? answer1 "
        "garden answer2 kitchen answer3 harbour answer format : answer1 / answer2 / answer3");
  CHECK(first(Task::two_options) ==
        "please choose the correct answer to fill in the blank to complete the given sentence : clara took kumaz and "
        "not bonel because the _ is made of bone . option1 kumaz option2 bonel answer format : option1 / option2");
}
