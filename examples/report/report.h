#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../../nn/io/json.h"
#include "../../nn/train/evaluation.h"
#include "../../nn/train/step_log.h"

namespace adora::finetune {

/// One method's results.
struct MethodReport {
  std::string method;
  std::string label;      ///< how tables call it
  std::int64_t rank = 0;  ///< 0 where the method has none
  std::string quantized;  ///< the format of the frozen weights; empty where they stay as they are
  std::int64_t trainable_parameters = 0;
  std::int64_t total_parameters = 0;
  std::vector<TaskAccuracy> accuracy;  ///< empty where nothing was evaluated
  double seconds = 0;                  ///< of training
  std::int64_t peak_memory_bytes = 0;
  std::int64_t seed = 0;
  std::vector<StepRecord> steps;
  std::optional<double> eval_loss;  ///< of --eval-data, with the parameters that were saved
  std::int64_t eval_step = 0;       ///< the step after which these were

  double trainable_percent() const;
  double final_loss() const;  ///< of the last step; NaN where there was none
  double average() const;     ///< of the tasks' accuracies
  double tokens_per_second() const;
};

/// A report on some runs: its title, a line on what was done, and the runs.
struct Report {
  std::string title;
  std::string subject;
  std::vector<MethodReport> runs;
  std::vector<std::pair<std::string, double>> chance;  ///< of a task, where known: what guessing gets
};

/// As report.json and report.html have it.
Json report_json(const Report& report);
std::string report_html(const Report& report);
/// Writes both into a folder.
void write_report(const std::string& folder, const Report& report);

/// The accuracies as text (accuracy_table.h), and beside them each run's final loss, time and peak memory.
std::string report_table(const Report& report);

/// "BoolQ" for "boolq", as the paper's tables head their columns; other names as they are.
std::string task_heading(const std::string& task);

/// The label of a method's run in tables: "QDoRA r=32" for qdora, and for dora with quantized weights.
std::string method_label(const std::string& method, std::int64_t rank, bool quantized = false);

}  // namespace adora::finetune
