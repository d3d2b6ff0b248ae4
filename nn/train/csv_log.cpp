// log.csv: a line with the columns' names, and a row for each step, with every field that is a number. A field that
// comes up later is a further column, empty in the rows before.
#include <algorithm>

#include "../../core/error.h"
#include "../io/appended_file.h"
#include "../io/file.h"
#include "run_log.h"

namespace adora {
namespace {

class CsvLog final : public RunLog {
 public:
  CsvLog(const std::string& path, const std::vector<StepRecord>& so_far) : file_(path, table(so_far)) {}

  void add(const StepRecord& step) override {
    const std::size_t added = add_columns(step);
    if (added > 0) widen(added);
    file_.add(row(step));
  }
  void flush() override { file_.flush(); }

 private:
  /// How many columns the step's fields take beside those there are.
  std::size_t add_columns(const StepRecord& step) {
    const std::size_t before = columns_.size();
    for (const auto& [name, value] : numbers_of(step))
      if (std::find(columns_.begin(), columns_.end(), name) == columns_.end()) columns_.push_back(name);
    return columns_.size() - before;
  }

  std::string table(const std::vector<StepRecord>& steps) {
    add_columns({});
    for (const StepRecord& step : steps) add_columns(step);
    std::string text = header();
    for (const StepRecord& step : steps) text += row(step);
    return text;
  }
  std::string header() const {
    std::string line = "step";
    for (const std::string& name : columns_) line.append(",").append(quoted(name));
    return line + "\n";
  }
  static std::string quoted(const std::string& name) {
    if (name.find_first_of(",\"\r\n") == std::string::npos) return name;
    std::string text = "\"";
    for (const char c : name) text += c == '"' ? std::string("\"\"") : std::string(1, c);
    return text + "\"";
  }
  std::string row(const StepRecord& step) const {
    const auto numbers = numbers_of(step);
    std::string line = fmt::format("{}", step.step);
    for (const std::string& name : columns_) {
      const auto found =
          std::find_if(numbers.begin(), numbers.end(), [&](const auto& one) { return one.first == name; });
      line += found == numbers.end() ? std::string(",") : fmt::format(",{}", found->second);
    }
    return line + "\n";
  }

  void widen(std::size_t added) {
    std::string text = header();
    const MappedFile before(file_.path());
    const std::string_view lines = before.text();
    for (std::size_t start = std::min(lines.find('\n'), lines.size() - 1) + 1; start < lines.size();) {
      const std::size_t end = std::min(lines.find('\n', start), lines.size());
      text.append(lines.substr(start, end - start)).append(added, ',').append("\n");
      start = end + 1;
    }
    file_.replace(text);
  }

  std::vector<std::string> columns_ = {};  ///< but for "step", which is the first
  AppendedFile file_;
};

const RegisterRunLog registered({"csv", "log.csv", "a table of the steps",
                                 [](const std::string& path, const std::vector<StepRecord>& so_far) {
                                   return std::make_unique<CsvLog>(path, so_far);
                                 }});

}  // namespace
}  // namespace adora
