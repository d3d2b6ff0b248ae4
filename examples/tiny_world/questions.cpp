#include "questions.h"

#include <algorithm>
#include <utility>

#include "../../core/error.h"
#include "draw.h"
#include "wording.h"

namespace adora::tiny_world {

namespace {

// {q} stands for the question's body, {o} for its options, {f} for the list of labels.
struct Format {
  std::string data_set;
  std::string label;  // numbered from 1 where there are several
  std::size_t labels;
  std::string instruction;
};

const Format& format_of(Task task) {
  static const std::array<Format, all_tasks.size()> formats = {{
      {"boolq", "", 2, "please answer the following question with true or false , question : {q} answer format : {f}"},
      {"piqa", "solution", 2, "please choose the correct solution to the question : {q} {o} answer format : {f}"},
      {"social_i_qa", "answer", 3, "please choose the correct answer to the question : {q} {o} answer format : {f}"},
      {"hellaswag", "ending", 4,
       "please choose the correct ending to complete the given sentence : {q} {o} answer format : {f}"},
      {"winogrande", "option", 2,
       "please choose the correct answer to fill in the blank to complete the given sentence : {q} {o} "
       "answer format : {f}"},
      {"ARC-Easy", "answer", 4, "please choose the correct answer to the question : {q} {o} answer format : {f}"},
      {"ARC-Challenge", "answer", 4, "please choose the correct answer to the question : {q} {o} answer format : {f}"},
      {"openbookqa", "answer", 4, "please choose the correct answer to the question : {q} {o} answer format : {f}"},
  }};
  return formats[static_cast<std::size_t>(task)];
}

// Relations that a task asks about.
std::vector<Relation> relations_of(Task task) {
  using enum Relation;
  switch (task) {
    case Task::yes_no: return {kind, color, material, place, owner};
    case Task::two_solutions: return {use, material, place};
    case Task::three_answers: return {place, owner};
    case Task::four_endings: return {kind, color, material, place, owner};
    case Task::two_options: return {color, material, owner};
    case Task::easy: return {kind, color, material, place, owner};
    case Task::two_facts:
    case Task::fact_given: return {use, home};
  }
  throw std::logic_error("no such task");
}

struct Fact {
  std::size_t thing;
  Relation relation;
};

struct Setter {
  const World& world;
  Task task;
  Generator& generator;

  const std::string& name(std::size_t thing) { return world.things[thing].name; }
  const std::string& word(Relation relation, std::size_t value) { return world.values[index(relation)][value]; }
  const std::string& any_owner() {
    return word(Relation::owner, generator.below(world.values[index(Relation::owner)].size()));
  }
  std::string statement(Relation relation, const std::string& value) {
    return fill(any_of(statements()[index(relation)], generator), {{"{v}", value}});
  }
  std::string question(const Fact& fact) {
    return fill(any_of(questions_forward()[index(fact.relation)], generator), {{"{t}", name(fact.thing)}}) + " ?";
  }

  Question make(const Fact& fact) {
    if (task == Task::yes_no) return yes_or_no(fact);
    std::string body;
    bool things_as_options = false;
    const std::string& truth = world.value(fact.thing, fact.relation);
    switch (task) {
      case Task::two_solutions:
        body = "you need something that " + statement(fact.relation, truth) + " .";
        things_as_options = true;
        break;
      case Task::three_answers: {
        // One draw a statement: a sum's operands are computed in an order of the compiler's.
        const std::string asked = question(fact), owner = any_owner();
        body = owner + " looks for " + name(fact.thing) + " . " + asked;
        break;
      }
      case Task::four_endings:
        body = "here you see " + name(fact.thing) + " , it " + statement(fact.relation, "");
        break;
      case Task::two_options: things_as_options = true; break;
      case Task::fact_given: {
        body = general_fact(world, fact.relation, value_before(world, fact.thing, fact.relation)) + " . which one " +
               statement(fact.relation, truth) + " ?";
        things_as_options = true;
        break;
      }
      default: body = question(fact);
    }
    const std::size_t count = format_of(task).labels;
    std::vector<std::size_t> chosen = {things_as_options ? fact.thing : world.value_index(fact.thing, fact.relation)};
    while (chosen.size() < count) {
      const std::size_t candidate = another(
          things_as_options ? world.things.size() : world.values[index(fact.relation)].size(), chosen, generator);
      if (!things_as_options || world.value(candidate, fact.relation) != truth) chosen.push_back(candidate);
    }
    const std::size_t right_one = chosen.front();
    shuffle(chosen, generator);
    const std::size_t right =
        static_cast<std::size_t>(std::find(chosen.begin(), chosen.end(), right_one) - chosen.begin());
    std::vector<std::string> words;
    for (const std::size_t one : chosen) words.push_back(things_as_options ? name(one) : word(fact.relation, one));
    if (task == Task::two_options) {
      const std::string stated = statement(fact.relation, truth), owner = any_owner();
      body = owner + " took " + words[0] + " and not " + words[1] + " because the _ " + stated + " .";
    }
    return finish(body, words, labels_of(task)[right]);
  }

  Question yes_or_no(const Fact& fact) {
    const std::size_t truth = world.value_index(fact.thing, fact.relation);
    const bool yes = chance(0.5, generator);
    const std::size_t value = yes ? truth : another(world.values[index(fact.relation)].size(), {truth}, generator);
    const std::string body =
        "is it true that " + name(fact.thing) + " " + statement(fact.relation, word(fact.relation, value)) + " ?";
    return finish(body, {}, yes ? "true" : "false");
  }

  Question finish(const std::string& body, const std::vector<std::string>& options, const std::string& answer) {
    const auto labels = labels_of(task);
    std::string list, format;
    for (std::size_t i = 0; i < options.size(); ++i) list += (i ? " " : "") + labels[i] + " " + options[i];
    for (std::size_t i = 0; i < labels.size(); ++i) format += (i ? " / " : "") + labels[i];
    Question question;
    const std::string filled = fill(format_of(task).instruction, {{"{q}", body}, {"{o}", list}, {"{f}", format}});
    for (const auto& word : words_of(filled)) question.instruction += (question.instruction.empty() ? "" : " ") + word;
    question.output = "the correct answer is " + answer;
    question.answer = answer;
    question.task = task;
    return question;
  }
};

}  // namespace

const std::string& name_of(Task task) { return format_of(task).data_set; }

double chance_level(Task task) { return 1.0 / static_cast<double>(format_of(task).labels); }

std::vector<std::string> labels_of(Task task) {
  if (task == Task::yes_no) return {"true", "false"};
  std::vector<std::string> labels;
  for (std::size_t i = 1; i <= format_of(task).labels; ++i) labels.push_back(format_of(task).label + std::to_string(i));
  return labels;
}

QuestionSet make_questions(const World& world, Task task, std::size_t train_count, std::size_t test_count,
                           std::uint64_t seed) {
  constexpr std::size_t test_part = 4;  // one fact in four
  Generator generator(seed, 100 + static_cast<std::uint64_t>(task));
  std::vector<Fact> facts;
  for (std::size_t thing = 0; thing < world.things.size(); ++thing)
    for (const Relation relation : relations_of(task)) facts.push_back({thing, relation});
  shuffle(facts, generator);
  const std::vector<Fact> test_facts(facts.begin(),
                                     facts.begin() + static_cast<std::ptrdiff_t>(facts.size() / test_part));
  const std::vector<Fact> train_facts(facts.begin() + static_cast<std::ptrdiff_t>(facts.size() / test_part),
                                      facts.end());

  Setter setter{world, task, generator};
  QuestionSet set;
  const auto make = [&](std::vector<Question>& questions, const std::vector<Fact>& from, std::size_t count) {
    std::size_t next = 0;
    for (int failures = 0; questions.size() < count;) {
      Question question = setter.make(from[next++ % from.size()]);
      const bool known = std::any_of(questions.begin(), questions.end(),
                                     [&](const Question& old) { return old.instruction == question.instruction; });
      if (!known) questions.push_back(std::move(question));
      else if (++failures > 10000) fail("tiny_world: not so many different questions of {}", name_of(task));
    }
  };
  make(set.train, train_facts, train_count);
  make(set.test, test_facts, test_count);
  return set;
}

std::string prompt(const Question& question) {
  std::string text = "### Instruction: " + question.instruction;
  if (!question.input.empty()) text += " ### Input: " + question.input;
  return text + " ### Response:";
}

std::vector<std::string> question_words() {
  std::vector<std::string> words;
  for (const Task task : all_tasks) {
    for (const auto& word : words_of(format_of(task).instruction))
      if (word.front() != '{') words.push_back(word);
    for (const auto& label : labels_of(task)) words.push_back(label);
  }
  for (const auto& word : words_of("you need something that . looks for here you see , it took and not because the _ "
                                   "which one is it true that ? / the correct answer is"))
    words.push_back(word);
  return words;
}

}  // namespace adora::tiny_world
