#pragma once
#include <cstdint>
#include <functional>
#include <memory>
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
  double seconds = 0;       ///< that it took
  double time = 0;          ///< when it ended, in seconds since 1970; 0: was not noted
  Json::Object more = {};   ///< further fields of the line
};

/// The fields that are numbers, in their order: those above but `step`, `time` where it was noted, and then of `more`
/// those that are numbers.
std::vector<std::pair<std::string, double>> numbers_of(const StepRecord& step);

/// A file that grows by what each step was.
class RunLog {
 public:
  virtual ~RunLog() = default;
  virtual void add(const StepRecord& step) = 0;
  /// Puts what was added on disk: a checkpoint must not be there without the lines of its steps.
  virtual void flush() = 0;
};

/// A kind of log: where it is written in a run's folder, and how one is begun anew with the steps so far, those of a
/// run that is gone on with. Throws `Error` naming the file where it can't be written.
struct RunLogKind {
  std::string name;  ///< "csv"
  std::string file;  ///< "log.csv"
  std::string help;  ///< one line for a program's --help
  std::function<std::unique_ptr<RunLog>(const std::string& path, const std::vector<StepRecord>& so_far)> make;
};

/// Sorted by their names.
std::vector<RunLogKind> run_log_kinds();
/// An error listing those there are where there is none of that name.
const RunLogKind& run_log_kind(const std::string& name);

/// Makes a kind known by a static variable of its source file.
struct RegisterRunLog {
  explicit RegisterRunLog(RunLogKind kind);
};

}  // namespace adora
