#include "records.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string_view>

#include "../../core/error.h"
#include "../../core/utf8.h"
#include "../../nn/io/file.h"
#include "../../nn/io/json_fields.h"
#include "../../nn/io/json_file.h"

namespace adora::finetune {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_file = std::uint64_t{1} << 30;
constexpr std::string_view instruction_gap = "{instruction}", input_gap = "{input}";

Record record_of(const Json& json, const std::string& path, const std::string& place) {
  JsonFields fields(json, path + ": " + place);
  Record record;
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

std::vector<Record> records_of_list(const std::string& path) {
  const Json json = read_json_file(path, largest_file);
  const auto* list = json.get<Json::Array>();
  check(list != nullptr, "{}: expected a list of objects with instruction, input, output and answer", path);
  std::vector<Record> records;
  for (const Json& one : *list) records.push_back(record_of(one, path, fmt::format("record {}", records.size() + 1)));
  return records;
}

std::vector<Record> records_of_lines(const std::string& path) {
  std::vector<Record> records;
  each_line(read_file(path, largest_file), [&](const std::string& line, std::size_t number) {
    const std::string place = fmt::format("line {}", number);
    records.push_back(record_of(Json::parse(line, path + ": " + place), path, place));
  });
  return records;
}

std::vector<Record> documents_of(const std::string& path) {
  std::vector<Record> records;
  each_line(read_file(path, largest_file), [&](const std::string& line, std::size_t number) {
    check(find_invalid_utf8(line) == std::string::npos, "{}: line {} is not UTF-8", path, number);
    Record record;
    record.output = line;
    record.plain = true;
    record.place = fmt::format("line {}", number);
    records.push_back(record);
  });
  return records;
}

Task task_of(const std::string& path, const std::string& name) {
  Task task{name, read_records(path), path};
  for (const Record& question : task.questions) {
    check(!question.plain, "--eval {}: plain documents ask no questions; .json or .jsonl is wanted", path);
    answer_kind(question.answer, fmt::format("{}: {}", path, question.place));
  }
  return task;
}

}  // namespace

std::vector<Record> read_records(const std::string& path) {
  const std::string ending = fs::path(path).extension().string();
  std::vector<Record> records;
  if (ending == ".json") records = records_of_list(path);
  else if (ending == ".jsonl") records = records_of_lines(path);
  else if (ending == ".txt") records = documents_of(path);
  else fail("{}: its name must end with .json, .jsonl or .txt", path);
  check(!records.empty(), "{}: there is nothing in it", path);
  return records;
}

std::vector<Task> read_tasks(const std::string& path) {
  std::vector<Task> tasks;
  check(file_exists(path), "--eval {}: there is no such file or folder", path);
  if (is_folder(path)) {
    std::error_code error;
    fs::directory_iterator at(path, error), end;
    for (; at != end; at.increment(error)) {
      const fs::path file = at->path() / "test.json";
      if (file_exists(file.string())) tasks.push_back(task_of(file.string(), at->path().filename().string()));
    }
    check(!error, "--eval {}: can't be read: {}", path, error.message());
  } else {
    const fs::path file(path);
    std::error_code error;
    const std::string folder = fs::absolute(file, error).parent_path().filename().string();
    tasks.push_back(task_of(path, file.filename() == "test.json" && !folder.empty() ? folder : file.stem().string()));
  }
  check(!tasks.empty(), "--eval {}: there is no TASK/test.json in this folder", path);
  for (const Task& task : tasks)
    check(task.name != "average", "--eval {}: a task cannot be called average, which is what reports call the mean",
          path);
  std::sort(tasks.begin(), tasks.end(), [](const Task& a, const Task& b) { return a.name < b.name; });
  return tasks;
}

std::string answer_kind(const std::string& answer, const std::string& where) {
  if (answer == "true" || answer == "false") return "true";
  for (const char* kind : {"solution", "answer", "ending", "option"}) {
    const std::string_view word = kind;
    if (answer.size() == word.size() + 1 && answer.starts_with(word) && std::isdigit(answer.back())) return kind;
  }
  fail("{}: the answer must be true, false, or solution, answer, ending or option with a digit, not \"{}\"", where,
       shortened(answer, 40));
}

std::string first_answer(const std::string& kind, const std::string& response) {
  std::string text = response;
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  if (kind == "true") {
    const std::size_t yes = text.find("true"), no = text.find("false");
    return yes == no ? "" : yes < no ? "true" : "false";
  }
  for (std::size_t at = 0; (at = text.find(kind, at)) != std::string::npos; at += kind.size()) {
    const std::size_t digit = at + kind.size();
    if (digit < text.size() && std::isdigit(static_cast<unsigned char>(text[digit])))
      return text.substr(at, kind.size() + 1);
  }
  return "";
}

PromptTemplate PromptTemplate::from_file(const std::string& path) {
  PromptTemplate result;
  result.text_ = read_file(path, 1 << 20);
  result.path_ = path;
  const std::size_t invalid = find_invalid_utf8(result.text_);
  check(invalid == std::string::npos, "--prompt-template {}: is not UTF-8 at byte {}", path, invalid);
  check(result.text_.find(instruction_gap) != std::string::npos,
        "--prompt-template {}: there is no {{instruction}} in it", path);
  return result;
}

std::string PromptTemplate::prompt(const Record& record) const {
  if (text_.empty()) {
    std::string text = fmt::format("### Instruction:\n{}\n\n", record.instruction);
    if (!record.input.empty()) text += fmt::format("### Input:\n{}\n\n", record.input);
    return text + "### Response:\n";
  }
  // What is put in is not looked through for gaps again: an instruction may speak of {input}.
  check(record.input.empty() || text_.find(input_gap) != std::string::npos,
        "--prompt-template {}: has no {{input}}, but there are exercises with one, such as \"{}\"", path_,
        shortened(record.instruction, 60));
  std::string text;
  for (std::string_view rest = text_; !rest.empty();) {
    if (rest.starts_with(instruction_gap)) text += record.instruction, rest.remove_prefix(instruction_gap.size());
    else if (rest.starts_with(input_gap)) text += record.input, rest.remove_prefix(input_gap.size());
    else text += rest.front(), rest.remove_prefix(1);
  }
  return text;
}

}  // namespace adora::finetune
