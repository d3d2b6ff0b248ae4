#pragma once
// Eight kinds of questions about the world, in the formats of the eight commonsense tasks.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "world.h"

namespace adora::tiny_world {

enum class Task { yes_no, two_solutions, three_answers, four_endings, two_options, easy, two_facts, fact_given };
inline constexpr std::array<Task, 8> all_tasks = {Task::yes_no,       Task::two_solutions, Task::three_answers,
                                                  Task::four_endings, Task::two_options,   Task::easy,
                                                  Task::two_facts,    Task::fact_given};

// The data set whose format a task has: "boolq", "piqa", "social_i_qa", ...
const std::string& name_of(Task task);
// The right answers of someone who guesses: 1 / number of labels.
double chance_level(Task task);
// The words a response is read for.
std::vector<std::string> labels_of(Task task);

// `output` is the whole response, `answer` the label in it.
struct Question {
  std::string instruction;
  std::string input;
  std::string output;
  std::string answer;
  Task task;
};

struct QuestionSet {
  std::vector<Question> train;
  std::vector<Question> test;
};

// The facts of the world are divided before questions are made: no training question of a task asks for a
// fact that one of its test questions asks for.
QuestionSet make_questions(const World& world, Task task, std::size_t train_count, std::size_t test_count,
                           std::uint64_t seed);

// "### Instruction: ... ### Response:", what the model is given.
std::string prompt(const Question& question);

// Every word that can stand in a question or a response.
std::vector<std::string> question_words();

}  // namespace adora::tiny_world
