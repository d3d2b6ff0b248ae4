#include "evaluation_tasks.h"

#include <algorithm>
#include <filesystem>

#include "../../../core/error.h"
#include "../../io/file.h"
#include "../answers.h"
#include "record_file.h"

namespace adora {
namespace {

namespace fs = std::filesystem;

EvaluationTask task_of(const std::string& path, const std::string& name, const RecordOptions& options) {
  EvaluationTask task{name, {}, path};
  check(fs::path(path).extension() != ".txt", "{}: plain documents ask no questions; .json or .jsonl is wanted", path);
  each_json_record(path, [&](const Json& json, const std::string& place) {
    const std::string where = path + ": " + place;
    JsonFields fields(json, where);
    InstructionRecord question = read_instruction(fields);
    refuse_unread(fields, options);
    question.place = place;
    answer_kind(question.answer, where);
    task.questions.push_back(std::move(question));
  });
  check(!task.questions.empty(), "{}: there is nothing in it", path);
  return task;
}

}  // namespace

std::vector<EvaluationTask> read_tasks(const std::string& path, const RecordOptions& options) {
  std::vector<EvaluationTask> tasks;
  check(file_exists(path), "{}: there is no such file or folder", path);
  if (is_folder(path)) {
    std::error_code error;
    fs::directory_iterator at(path, error), end;
    for (; at != end; at.increment(error)) {
      const fs::path file = at->path() / "test.json";
      if (file_exists(file.string())) tasks.push_back(task_of(file.string(), at->path().filename().string(), options));
    }
    check(!error, "{}: can't be read: {}", path, error.message());
  } else {
    const fs::path file(path);
    std::error_code error;
    const std::string folder = fs::absolute(file, error).parent_path().filename().string();
    tasks.push_back(
        task_of(path, file.filename() == "test.json" && !folder.empty() ? folder : file.stem().string(), options));
  }
  check(!tasks.empty(), "{}: there is no TASK/test.json in this folder", path);
  for (const EvaluationTask& task : tasks)
    check(task.name != "average", "{}: a task cannot be called average, which is what reports call the mean", path);
  std::sort(tasks.begin(), tasks.end(),
            [](const EvaluationTask& a, const EvaluationTask& b) { return a.name < b.name; });
  return tasks;
}

}  // namespace adora
