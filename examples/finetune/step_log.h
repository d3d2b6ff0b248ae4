#pragma once
#include <string>
#include <vector>

#include "report.h"

namespace adora::finetune {

/// The file with a line for each step. A process that is killed leaves the lines of the steps that were added, the last
/// of them perhaps in part.
class StepLog {
 public:
  /// Begins the file anew with the steps so far. Throws `Error` naming it where it can't be written.
  StepLog(const std::string& path, const std::vector<StepRecord>& so_far);
  ~StepLog();
  StepLog(const StepLog&) = delete;
  StepLog& operator=(const StepLog&) = delete;

  void add(const StepRecord& step);
  /// Puts the lines on disk: a checkpoint must not be there without those of its steps.
  void flush();

 private:
  std::string path_;
  int descriptor_;
};

}  // namespace adora::finetune
