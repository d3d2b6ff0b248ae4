#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "../../nn/train/progress.h"
#include "child.h"
#include "outcome.h"
#include "setup.h"
#include "variant.h"

namespace adora::reproduce {

/// The runs of a reproduction, each a command line of finetune that fills a folder below runs/. A folder that holds a
/// finished run is taken as it is, and one of a run that was interrupted is gone on with from its checkpoint, so that a
/// reproduction can be stopped at any moment and goes on where it stopped.
class Runs {
 public:
  explicit Runs(const Setup& setup) : setup_(setup) {}

  /// The learning rates that runs take, by method.
  void set_rates(std::map<std::string, double> rates) { rates_ = std::move(rates); }

  /// Of a run and of several: steps to be done, a step of another method counted as one.
  std::int64_t steps(const Trial& trial) const;
  std::int64_t steps(const std::vector<Trial>& trials) const;
  /// How many of them have been done already.
  std::int64_t steps_done(const Trial& trial) const;
  bool finished(const Trial& trial) const;
  bool finished(const std::vector<Trial>& trials) const;
  /// An error where a run's folder holds another run than is asked for. The learning rates have to be known.
  void check_same_run(const Trial& trial) const;

  /// Does those that are not finished, several at a time. `done` steps of the progress lie behind already, those of
  /// these runs included; returns how many do afterwards. Throws `Error` where one fails, with what it said last, and
  /// where a folder holds another run than is asked for; those beside it are stopped, and go on when they are asked for
  /// again. So it is where the process is asked to stop.
  std::int64_t carry_out(const std::vector<Trial>& trials, Progress& progress, std::int64_t done);

  Outcome outcome(const Trial& trial) const;
  std::vector<Outcome> outcomes(const Variant& variant, const std::vector<std::int64_t>& seeds) const;
  /// The average accuracy of each seed, in per cent.
  std::vector<double> averages(const Variant& variant, const std::vector<std::int64_t>& seeds) const;
  std::vector<StepRecord> log(const Trial& trial) const;

  /// The trial's command line of finetune; a user who runs it does the same run.
  std::vector<std::string> arguments(const Trial& trial) const;
  std::string folder(const Trial& trial) const { return setup_.output + "/runs/" + trial.name(); }

 private:
  struct Running {
    Trial trial;
    Child child;
  };
  Running start(const Trial& trial) const;
  [[noreturn]] void report_failure(const Trial& trial, int status) const;

  const Setup& setup_;
  mutable std::map<std::string, Outcome> outcomes_;  ///< those read so far: a finished run does not change any more
  std::map<std::string, double> rates_;
};

}  // namespace adora::reproduce
