#pragma once
#include <map>
#include <string>
#include <vector>

#include "../report/report.h"

namespace adora::reproduce {

/// The results of one run.
struct Outcome {
  std::map<std::string, double> accuracy;  ///< of each task, in per cent
  double average = 0;                      ///< over the tasks, in per cent
  double trainable_percent = 0;
  double final_loss = 0;  ///< NaN where nothing was trained
  double seconds = 0;
  std::int64_t steps = 0;
};

/// Reads a run's report.json. An error naming the file where it is damaged, and saying how to go on.
Outcome read_outcome(const std::string& folder);

/// The steps of a finished run's log.
std::vector<StepRecord> read_steps(const std::string& folder, std::int64_t steps);

}  // namespace adora::reproduce
