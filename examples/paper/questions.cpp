#include "questions.h"

#include <fmt/core.h>

#include <filesystem>

#include "../../core/error.h"
#include "../../nn/io/file.h"
#include "../../nn/io/json_file.h"
#include "../tiny_model/tiny_model.h"
#include "../tiny_world/questions.h"

namespace adora::reproduce {

namespace {

Json json_of(const InstructionRecord& record) {
  return Json::Object{{"instruction", record.instruction},
                      {"input", record.input},
                      {"output", record.output},
                      {"answer", record.answer}};
}

void write_records(const std::string& path, const std::vector<InstructionRecord>& records) {
  Json::Array list;
  for (const InstructionRecord& record : records) list.push_back(json_of(record));
  make_folder(std::filesystem::path(path).parent_path().string());
  write_json_file(path, std::move(list));
}

// Of each task, since files begin with the first.
std::size_t questions_a_task(const Extent& extent, std::int64_t share) {
  return extent.recipe.train_questions * static_cast<std::size_t>(share) / 100;
}

}  // namespace

std::int64_t training_questions(const Extent& extent, std::int64_t share) {
  return static_cast<std::int64_t>(tiny_world::all_tasks.size() * questions_a_task(extent, share));
}

std::string training_file(const Setup& setup, std::int64_t share) {
  return setup.questions(share == 100 ? "train.json" : fmt::format("train-{}.json", share));
}

double guessing() {
  double sum = 0;
  for (const tiny_world::Task task : tiny_world::all_tasks) sum += 100 * tiny_world::chance_level(task);
  return sum / static_cast<double>(tiny_world::all_tasks.size());
}

void write_questions(const Setup& setup) {
  const Extent& extent = setup.extent;
  const finetune::BuiltInTasks tasks = finetune::built_in_tasks(extent.recipe);
  const std::size_t each = extent.recipe.train_questions;
  check(tasks.train.size() == each * tiny_world::all_tasks.size(),
        "the world has no {} questions to learn from for each task", each);
  for (const std::int64_t share : extent.shares) {
    std::vector<InstructionRecord> chosen;
    for (std::size_t i = 0; i < tasks.train.size(); ++i)
      if (i % each < questions_a_task(extent, share)) chosen.push_back(tasks.train[i]);
    write_records(training_file(setup, share), chosen);
  }
  for (const EvaluationTask& task : tasks.test) {
    const auto middle = task.questions.begin() + static_cast<std::ptrdiff_t>(extent.held_out_questions);
    write_records(setup.questions("held-out/" + task.name + "/test.json"), {task.questions.begin(), middle});
    write_records(setup.questions("test/" + task.name + "/test.json"), {middle, task.questions.end()});
  }
}

}  // namespace adora::reproduce
