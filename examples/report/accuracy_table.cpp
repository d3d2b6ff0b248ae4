#include "accuracy_table.h"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <optional>

namespace adora::finetune {

namespace {

using Value = std::optional<double>;

// In the order in which the runs first have them.
std::vector<std::string> tasks_of(const Report& report) {
  std::vector<std::string> tasks;
  for (const MethodReport& run : report.runs)
    for (const TaskAccuracy& one : run.accuracy)
      if (std::find(tasks.begin(), tasks.end(), one.task) == tasks.end()) tasks.push_back(one.task);
  return tasks;
}

Value accuracy_in(const MethodReport& run, const std::string& task) {
  for (const TaskAccuracy& one : run.accuracy)
    if (one.task == task) return one.value;
  return {};
}

Value average_of(const MethodReport& run) { return run.accuracy.empty() ? Value() : run.average(); }

Value chance_in(const Report& report, const std::string& task) {
  for (const auto& [name, value] : report.chance)
    if (name == task) return value;
  return {};
}

std::string shown(Value accuracy) { return accuracy ? fmt::format("{:.1f}", 100 * *accuracy) : "–"; }

// Adds a column of accuracies to the rows of the runs.
void add_column(std::vector<std::vector<Cell>>& rows, const Report& report,
                const std::function<Value(const MethodReport&)>& accuracy) {
  Value best;
  for (const MethodReport& run : report.runs) best = std::max(best, accuracy(run));
  for (std::size_t i = 0; i < report.runs.size(); ++i) {
    const Value value = accuracy(report.runs[i]);
    rows[i + 1].push_back({shown(value), value && value == best});
  }
}

std::vector<Cell> guessing(const Report& report, const std::vector<std::string>& tasks) {
  std::vector<Cell> row = {{"guessing"}, {"–"}};
  Value sum = 0;
  for (const std::string& task : tasks) {
    const Value chance = chance_in(report, task);
    row.push_back({shown(chance)});
    sum = sum && chance ? Value(*sum + *chance) : Value();
  }
  row.push_back({shown(sum ? Value(*sum / static_cast<double>(tasks.size())) : Value())});
  return row;
}

}  // namespace

std::vector<std::vector<Cell>> accuracy_table(const Report& report) {
  const std::vector<std::string> tasks = tasks_of(report);
  std::vector<std::vector<Cell>> rows = {{{"Method"}, {"Params %"}}};
  for (const MethodReport& run : report.runs)
    rows.push_back({{run.label}, {run.steps.empty() ? "–" : fmt::format("{:.2f}", run.trainable_percent())}});
  if (tasks.empty()) return rows;
  for (const std::string& task : tasks) {
    rows[0].push_back({task_heading(task)});
    add_column(rows, report, [&](const MethodReport& run) { return accuracy_in(run, task); });
  }
  rows[0].push_back({"Avg."});
  add_column(rows, report, average_of);
  if (!report.chance.empty()) rows.push_back(guessing(report, tasks));
  return rows;
}

}  // namespace adora::finetune
