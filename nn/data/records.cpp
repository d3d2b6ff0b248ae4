#include "records.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "../../core/error.h"
#include "../../core/utf8.h"
#include "../io/file.h"
#include "../io/json_fields.h"
#include "../io/json_file.h"
#include "answers.h"

namespace adora {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_file = std::uint64_t{1} << 30;

InstructionRecord record_of(const Json& json, const std::string& path, const std::string& place) {
  JsonFields fields(json, path + ": " + place);
  InstructionRecord record;
  record.place = place;
  record.instruction = fields.text("instruction");
  record.input = fields.text("input", "");
  record.output = fields.text("output");
  record.answer = fields.text("answer", "");
  return record;
}

template <class F> void each_line(const std::string& text, F&& f) {
  std::size_t number = 1;
  for (std::size_t start = 0; start < text.size(); ++number) {
    std::size_t end = std::min(text.find('\n', start), text.size());
    const std::size_t next = end + 1;
    if (end > start && text[end - 1] == '\r') --end;
    if (std::any_of(text.begin() + start, text.begin() + end, [](unsigned char c) { return !std::isspace(c); }))
      f(text.substr(start, end - start), number);
    start = next;
  }
}

std::vector<InstructionRecord> records_of_list(const std::string& path) {
  const Json json = read_json_file(path, largest_file);
  const auto* list = json.get<Json::Array>();
  check(list != nullptr, "{}: expected a list of objects with instruction, input, output and answer", path);
  std::vector<InstructionRecord> records;
  for (const Json& one : *list) records.push_back(record_of(one, path, fmt::format("record {}", records.size() + 1)));
  return records;
}

std::vector<InstructionRecord> records_of_lines(const std::string& path) {
  std::vector<InstructionRecord> records;
  each_line(read_file(path, largest_file), [&](const std::string& line, std::size_t number) {
    const std::string place = fmt::format("line {}", number);
    records.push_back(record_of(Json::parse(line, path + ": " + place), path, place));
  });
  return records;
}

std::vector<InstructionRecord> documents_of(const std::string& path) {
  std::vector<InstructionRecord> records;
  each_line(read_file(path, largest_file), [&](const std::string& line, std::size_t number) {
    check(find_invalid_utf8(line) == std::string::npos, "{}: line {} is not UTF-8", path, number);
    InstructionRecord record;
    record.output = line;
    record.plain = true;
    record.place = fmt::format("line {}", number);
    records.push_back(record);
  });
  return records;
}

EvaluationTask task_of(const std::string& path, const std::string& name) {
  EvaluationTask task{name, read_records(path), path};
  for (const InstructionRecord& question : task.questions) {
    check(!question.plain, "{}: plain documents ask no questions; .json or .jsonl is wanted", path);
    answer_kind(question.answer, fmt::format("{}: {}", path, question.place));
  }
  return task;
}

}  // namespace

std::vector<InstructionRecord> read_records(const std::string& path) {
  const std::string ending = fs::path(path).extension().string();
  std::vector<InstructionRecord> records;
  if (ending == ".json") records = records_of_list(path);
  else if (ending == ".jsonl") records = records_of_lines(path);
  else if (ending == ".txt") records = documents_of(path);
  else fail("{}: its name must end with .json, .jsonl or .txt", path);
  check(!records.empty(), "{}: there is nothing in it", path);
  return records;
}

std::vector<EvaluationTask> read_tasks(const std::string& path) {
  std::vector<EvaluationTask> tasks;
  check(file_exists(path), "{}: there is no such file or folder", path);
  if (is_folder(path)) {
    std::error_code error;
    fs::directory_iterator at(path, error), end;
    for (; at != end; at.increment(error)) {
      const fs::path file = at->path() / "test.json";
      if (file_exists(file.string())) tasks.push_back(task_of(file.string(), at->path().filename().string()));
    }
    check(!error, "{}: can't be read: {}", path, error.message());
  } else {
    const fs::path file(path);
    std::error_code error;
    const std::string folder = fs::absolute(file, error).parent_path().filename().string();
    tasks.push_back(task_of(path, file.filename() == "test.json" && !folder.empty() ? folder : file.stem().string()));
  }
  check(!tasks.empty(), "{}: there is no TASK/test.json in this folder", path);
  for (const EvaluationTask& task : tasks)
    check(task.name != "average", "{}: a task cannot be called average, which is what reports call the mean", path);
  std::sort(tasks.begin(), tasks.end(),
            [](const EvaluationTask& a, const EvaluationTask& b) { return a.name < b.name; });
  return tasks;
}

}  // namespace adora
