#include "report.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <map>

#include "../../nn/io/folder_writer.h"
#include "../../nn/io/json_file.h"
#include "../../nn/train/progress.h"
#include "../common/table.h"
#include "accuracy_table.h"

namespace adora::finetune {

double MethodReport::trainable_percent() const {
  return total_parameters > 0
             ? 100.0 * static_cast<double>(trainable_parameters) / static_cast<double>(total_parameters)
             : 0.0;
}

double MethodReport::final_loss() const {
  return steps.empty() ? std::numeric_limits<double>::quiet_NaN() : steps.back().loss;
}

double MethodReport::average() const {
  double sum = 0;
  for (const TaskAccuracy& one : accuracy) sum += one.value;
  return accuracy.empty() ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(accuracy.size());
}

double MethodReport::tokens_per_second() const {
  std::int64_t tokens = 0;
  for (const StepRecord& step : steps) tokens += step.tokens;
  return seconds > 0 ? static_cast<double>(tokens) / seconds : 0.0;
}

namespace {

std::vector<std::string> cost_headings(bool evaluated) {
  if (evaluated) return {"loss", "eval loss", "time", "MiB"};
  return {"loss", "time", "MiB"};
}

std::vector<std::string> cost_of(const MethodReport& run, bool evaluated) {
  const bool trained = !run.steps.empty();
  std::vector<std::string> cost = {trained ? fmt::format("{:.3f}", run.final_loss()) : "–"};
  if (evaluated) cost.push_back(run.eval_loss ? fmt::format("{:.3f}", *run.eval_loss) : "–");
  cost.push_back(trained ? clock_time(run.seconds) : "–");
  cost.push_back(fmt::format("{:.0f}", static_cast<double>(run.peak_memory_bytes) / (1 << 20)));
  return cost;
}

}  // namespace

std::string task_heading(const std::string& task) {
  static const std::map<std::string, std::string> headings = {
      {"boolq", "BoolQ"},       {"piqa", "PIQA"},      {"social_i_qa", "SIQA"},    {"hellaswag", "HellaSwag"},
      {"winogrande", "WinoG."}, {"ARC-Easy", "ARC-e"}, {"ARC-Challenge", "ARC-c"}, {"openbookqa", "OBQA"}};
  const auto found = headings.find(task);
  return found == headings.end() ? task : found->second;
}

std::string method_label(const std::string& method, std::int64_t rank, bool quantized) {
  static const std::map<std::string, std::string> names = {
      {"full", "Full"},   {"lora", "LoRA"},           {"dora", "DoRA"},   {"vera", "VeRA"},
      {"dvora", "DVoRA"}, {"magnitude", "Magnitude"}, {"qlora", "QLoRA"}, {"qdora", "QDoRA"}};
  const auto found = names.find(method);
  std::string name = found == names.end() ? method : found->second;
  if (quantized && !name.starts_with('Q')) name = "Q" + name;
  return rank > 0 ? fmt::format("{} r={}", name, rank) : name;
}

std::string report_table(const Report& report) {
  std::vector<std::vector<std::string>> rows;
  const bool evaluated =
      std::any_of(report.runs.begin(), report.runs.end(), [](const MethodReport& run) { return run.eval_loss; });
  for (const std::vector<Cell>& cells : accuracy_table(report)) {
    rows.emplace_back();
    for (const Cell& cell : cells) rows.back().push_back(cell.text);
    // A row for guessing stands below the runs.
    const std::size_t run = rows.size() - 2;
    std::vector<std::string> cost(cost_headings(evaluated).size(), "–");
    if (rows.size() == 1) cost = cost_headings(evaluated);
    else if (run < report.runs.size()) cost = cost_of(report.runs[run], evaluated);
    rows.back().insert(rows.back().end(), cost.begin(), cost.end());
  }
  programs::Table table(rows.front());
  for (std::size_t i = 1; i < rows.size(); ++i) table.add(std::move(rows[i]));
  return table.text();
}

void write_report(const std::string& folder, const Report& report) {
  FolderWriter writer(folder, "report.json");
  write_json_file(writer.file("report.json"), report_json(report));
  writer.file("report.html").write(report_html(report));
  writer.commit();
}

}  // namespace adora::finetune
