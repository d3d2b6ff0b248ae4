#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "../io/json.h"

namespace adora {

/// One step of training, and a line of its log.
struct StepRecord {
  std::int64_t step = 0;  ///< from 1
  double loss = 0;
  double lr = 0;
  double grad_norm = 0;     ///< before clipping
  std::int64_t tokens = 0;  ///< that were learned from, where they are counted
  double seconds = 0;
  Json::Object more = {};  ///< further fields of the line
};

/// One line of log.jsonl, with its newline.
std::string log_line(const StepRecord& step);
/// The lines of a log up to and with a step; an error naming the file where it is damaged before that.
std::vector<StepRecord> read_log(const std::string& path, std::int64_t last_step);

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

}  // namespace adora
