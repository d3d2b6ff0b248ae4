#include "report.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <map>

#include "../common/progress.h"
#include "../common/table.h"

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

std::string task_heading(const std::string& task) {
  static const std::map<std::string, std::string> headings = {
      {"boolq", "BoolQ"},       {"piqa", "PIQA"},      {"social_i_qa", "SIQA"},    {"hellaswag", "HellaSwag"},
      {"winogrande", "WinoG."}, {"ARC-Easy", "ARC-e"}, {"ARC-Challenge", "ARC-c"}, {"openbookqa", "OBQA"}};
  const auto found = headings.find(task);
  return found == headings.end() ? task : found->second;
}

std::string method_label(const std::string& method, std::int64_t rank) {
  static const std::map<std::string, std::string> names = {{"full", "Full"},   {"lora", "LoRA"},
                                                           {"dora", "DoRA"},   {"vera", "VeRA"},
                                                           {"dvora", "DVoRA"}, {"magnitude", "Magnitude"}};
  const auto found = names.find(method);
  const std::string name = found == names.end() ? method : found->second;
  return rank > 0 ? fmt::format("{} r={}", name, rank) : name;
}

namespace {

programs::Table table_of(const Report& report) {
  // Tasks in the order in which the runs first have them.
  std::vector<std::string> tasks;
  for (const MethodReport& run : report.runs)
    for (const TaskAccuracy& one : run.accuracy)
      if (std::find(tasks.begin(), tasks.end(), one.task) == tasks.end()) tasks.push_back(one.task);
  std::vector<std::string> header = {"Method", "Params %"};
  for (const std::string& task : tasks) header.push_back(task_heading(task));
  if (!tasks.empty()) header.push_back("Avg.");
  header.insert(header.end(), {"loss", "time", "MiB"});
  programs::Table table(header);
  for (const MethodReport& run : report.runs) {
    const bool trained = !run.steps.empty();
    std::vector<std::string> row = {run.label, trained ? fmt::format("{:.2f}", run.trainable_percent()) : "–"};
    for (const std::string& task : tasks) {
      std::string cell = "–";
      for (const TaskAccuracy& one : run.accuracy)
        if (one.task == task) cell = fmt::format("{:.1f}", 100 * one.value);
      row.push_back(cell);
    }
    if (!tasks.empty()) row.push_back(run.accuracy.empty() ? "–" : fmt::format("{:.1f}", 100 * run.average()));
    row.push_back(trained ? fmt::format("{:.3f}", run.final_loss()) : "–");
    row.push_back(trained ? programs::clock_time(run.seconds) : "–");
    row.push_back(fmt::format("{:.0f}", static_cast<double>(run.peak_memory_bytes) / (1 << 20)));
    table.add(std::move(row));
  }
  if (!report.chance.empty() && !tasks.empty()) {
    std::vector<std::string> row = {"guessing", "–"};
    double sum = 0;
    for (const std::string& task : tasks) {
      std::string cell = "–";
      for (const auto& [name, value] : report.chance)
        if (name == task) cell = fmt::format("{:.1f}", 100 * value), sum += value;
      row.push_back(cell);
    }
    row.push_back(fmt::format("{:.1f}", 100 * sum / static_cast<double>(tasks.size())));
    row.insert(row.end(), {"–", "–", "–"});
    table.add(std::move(row));
  }
  return table;
}

}  // namespace

std::string report_table(const Report& report) { return table_of(report).text(); }
std::string report_table_markdown(const Report& report) { return table_of(report).markdown(); }

}  // namespace adora::finetune
