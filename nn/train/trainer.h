#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "../finite.h"
#include "../optim/optimizer.h"
#include "../optim/schedule.h"
#include "progress.h"
#include "step_log.h"

namespace adora {

/// Where the gradients of a training step come from. What it does follows from the parameters, the step's number and
/// the generators that the trainer is told of alone, so that a run can go on from any step.
class StepGradients {
 public:
  virtual ~StepGradients() = default;
  struct Result {
    double loss = 0;
    std::int64_t tokens = 0;  ///< that were learned from, where they are counted
  };
  /// Puts the gradients of a step, counted from 0, in the place of those there are.
  virtual Result compute(std::int64_t step) = 0;
  /// The loss of a part of that step's batch, without gradients.
  virtual double try_out(std::int64_t step) = 0;
};

/// A property in which a checkpoint and the run that goes on from it must agree.
struct RunProperty {
  std::string name;   ///< "documents"
  std::string value;  ///< a count, a fingerprint
  std::string why;    ///< what to look at where it is another: "--data has changed"
};

/// A checkpoint and a log's file in the folder of a run.
inline constexpr const char *checkpoint_file = "checkpoint.state", *log_file = "log.jsonl";

struct TrainerOptions {
  std::int64_t steps = 0;  ///< in all
  /// The factor of the optimizer's learning rate in each step; empty: always 1. As the rate itself it is no part of a
  /// checkpoint, and a run may go on with another; where it must not, a RunProperty says which one it is.
  Schedule schedule = {};
  std::optional<double> clip_grad_norm = {};  ///< the largest norm of the gradient

  /// With a loss function: parts of a step's batch whose losses are computed one after the other, and whose mean is the
  /// step's.
  std::int64_t accumulate = 1;

  /// Gives a number that is to become small, after each `evaluate_every` steps and after the last, with the module in
  /// evaluation mode.
  std::function<double()> evaluate = {};
  std::int64_t evaluate_every = 0;
  std::string evaluation_name = "evaluation";  ///< of that number in the logs
  /// Ends the run after so many evaluations in turn that were no better than the best; 0: never.
  std::int64_t patience = 0;
  /// Has a run end, or stop, with the parameters of its best evaluation. A checkpoint has those of the last step too,
  /// and a run that was stopped goes on from these.
  bool keep_best = false;

  /// Where checkpoint.state and log.jsonl are written, a folder that is made where it isn't there; empty:
  /// nowhere.
  std::string folder = {};
  /// Kinds of further logs beside log.jsonl there: "csv", "tensorboard" and those of RegisterRunLog (run_log.h). With
  /// any, the steps' times are noted.
  std::vector<std::string> logs = {};
  std::vector<RunProperty> run_properties = {};
  std::vector<Generator*> generators = {};  ///< that the loss draws from: dropout's

  std::string title = "training";  ///< of the progress bar on standard error; empty: none
  /// Whether to end after this step, as where the user has asked for it; a checkpoint is left.
  std::function<bool()> stop = {};
};

/// Trains a module's parameters: forward and backward passes, clipping, the schedule, evaluation between steps,
/// checkpoints, a log and a progress bar.
///
///     AdamW optimizer(model.trainable_parameters(), {.lr = 1e-3});
///     Trainer trainer(model, optimizer, [&](std::int64_t step, std::int64_t) { return loss_of(batches[step]); },
///                     {.steps = 1000, .schedule = cosine_schedule(50), .folder = "run"});
///     trainer.resume("run");
///     trainer.run();
class Trainer {
 public:
  /// Gives the loss of a part of the batch of a step, both counted from 0. It follows from these numbers, the
  /// parameters and the generators in the options alone.
  using Loss = std::function<Tensor(std::int64_t step, std::int64_t part)>;

  /// The module and the optimizer outlive it. Each step's learning rate is the one that the optimizer has now times
  /// the schedule's factor.
  Trainer(Module& module, Optimizer& optimizer, Loss loss, TrainerOptions options);
  /// With other means to get at a step's gradients, which outlive it.
  Trainer(Module& module, Optimizer& optimizer, StepGradients& gradients, TrainerOptions options);
  ~Trainer();

  /// Takes over the checkpoint and the log of a run's folder, where there is one (false otherwise): the next steps are
  /// bit for bit those that it would have taken. An error naming the file and what differs where they are of another
  /// run.
  bool resume(const std::string& folder);

  /// Has a function called after each step of `run`, which may add fields to its line in the log.
  void set_after_step(std::function<void(StepRecord&)> after_step) { after_step_ = std::move(after_step); }

  /// Does what is left, in training mode; a checkpoint whenever those so far have cost less than a fiftieth of the
  /// time, and at the end. Throws `NotFinite`, with the checkpoint as it was, where a loss, a gradient or a weight is
  /// not finite.
  void run();
  /// The next step alone, without records, evaluation, log and checkpoint, in the mode that the module is in.
  /// `NotFinite` where its loss or its gradient is not finite; parameters and optimizer are as before then.
  StepRecord step();
  /// Writes FOLDER/checkpoint.state, so that at any moment there is a whole one. `NotFinite`, and the one there
  /// was stays, where check_state finds something.
  void save_checkpoint();
  /// Throws `NotFinite` where the parameters or the optimizer's state hold a number that is not finite, or the next
  /// step's loss is none. Costs about a forward pass: for where something is saved.
  void check_state();

  std::int64_t steps() const { return options_.steps; }
  std::int64_t done() const { return done_; }
  /// Up to which step there is a checkpoint.
  std::int64_t saved() const { return saved_; }
  /// The steps of `run` so far, those of the run gone on with included.
  const std::vector<StepRecord>& records() const { return records_; }
  /// The best evaluation so far, and after how many steps it was.
  struct Best {
    double value;
    std::int64_t step;
  };
  const std::optional<Best>& best() const { return best_; }

 private:
  Trainer(Module& module, Optimizer& optimizer, std::unique_ptr<StepGradients> own, StepGradients* gradients,
          TrainerOptions options);
  double lr_of_next_step() const;
  void evaluate(StepRecord& record);
  std::vector<std::unique_ptr<RunLog>> begin_logs() const;
  void put_best_in_place();
  void put_last_in_place();
  bool is_over() const;
  StateDict state() const;

  Module& module_;
  Optimizer& optimizer_;
  std::unique_ptr<StepGradients> own_gradients_;
  StepGradients& gradients_;
  TrainerOptions options_;
  std::function<void(StepRecord&)> after_step_;
  double lr_;  ///< the highest
  std::int64_t done_ = 0, saved_ = 0;
  std::vector<StepRecord> records_;
  std::optional<Best> best_;
  std::int64_t not_better_ = 0;  ///< evaluations since the best one
  StateDict kept_;               ///< the best one's parameters
  StateDict last_;               ///< the last step's, while the module has the best one's
};

/// An error where the checkpoint in a run's folder differs in one of these properties. Needs no model, so that a run
/// can check before it loads one.
void check_run_properties(const std::string& folder, const std::vector<RunProperty>& properties);

}  // namespace adora
