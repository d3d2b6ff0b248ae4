#include "runs.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "../../core/error.h"
#include "../../nn/io/file.h"
#include "../../nn/io/json_fields.h"
#include "../../nn/io/json_file.h"
#include "../../nn/train/trainer.h"
#include "../common/interruption.h"
#include "../finetune/kept_arguments.h"
#include "../finetune/settings.h"
#include "questions.h"
#include "run_file.h"

namespace adora::reproduce {

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t batch_size = 16, epochs = 3;  // the paper's table 8

std::int64_t lines_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::count(std::istreambuf_iterator<char>(file), {}, '\n');
}

// Without the folders that a whole reproduction may be moved between.
std::vector<std::string> essential(const std::vector<std::string>& arguments) {
  std::vector<std::string> kept;
  for (const std::string& argument : arguments) {
    const bool path =
        argument.starts_with("--model=") || argument.starts_with("--data=") || argument.starts_with("--eval=");
    const std::size_t name = argument.find('=') + 1;
    kept.push_back(path ? argument.substr(0, name) + fs::path(argument.substr(name)).filename().string() : argument);
  }
  std::sort(kept.begin(), kept.end());
  return kept;
}

std::string last_line(const std::string& path) {
  std::ifstream file(path);
  std::string line, last;
  while (std::getline(file, line))
    if (!line.empty()) last = line;
  return last;
}

}  // namespace

std::int64_t Runs::steps(const Trial& trial) const {
  if (trial.variant.tuned_as.empty()) return 0;
  const std::int64_t documents = training_questions(setup_.extent, trial.variant.share);
  return epochs * ((documents + batch_size - 1) / batch_size);
}

std::int64_t Runs::steps(const std::vector<Trial>& trials) const {
  std::int64_t sum = 0;
  for (const Trial& trial : trials) sum += steps(trial);
  return sum;
}

bool Runs::finished(const Trial& trial) const {
  // finetune writes it last, and removes it first.
  return file_exists(folder(trial) + "/report.json");
}

bool Runs::finished(const std::vector<Trial>& trials) const {
  return std::all_of(trials.begin(), trials.end(), [&](const Trial& trial) { return finished(trial); });
}

std::int64_t Runs::steps_done(const Trial& trial) const {
  const std::int64_t all = steps(trial);
  return finished(trial) ? all : std::min(all, lines_of(folder(trial) + "/" + log_file));
}

std::vector<std::string> Runs::arguments(const Trial& trial) const {
  const bool tuning = trial.tuning_rate > 0;
  std::vector<std::string> words = trial.variant.arguments;
  if (!trial.variant.tuned_as.empty())
    words.push_back(fmt::format("--lr={}", tuning ? trial.tuning_rate : rates_.at(trial.variant.tuned_as)));
  for (const std::string& word :
       {"--model=" + setup_.model(), "--data=" + training_file(setup_, trial.variant.share),
        "--eval=" + setup_.questions(tuning ? "held-out" : "test"), fmt::format("--batch-size={}", batch_size),
        fmt::format("--epochs={}", epochs),
        fmt::format("--warmup-steps={}", setup_.extent.warmup_steps * trial.variant.share / 100),
        fmt::format("--train-on-inputs={}", setup_.extent.recipe.train_on_inputs),
        fmt::format("--clip-grad-norm={}", setup_.extent.recipe.tuning_clip_grad_norm),
        fmt::format("--seed={}", trial.seed), "--device=" + setup_.device, "--dtype=" + setup_.dtype,
        std::string("--threads=1"), "--output=" + folder(trial)})
    words.push_back(word);
  return words;
}

void Runs::check_same_run(const Trial& trial) const {
  const std::string path = folder(trial) + "/" + finetune::options_file;
  if (!file_exists(path) && !finished(trial)) return;
  const auto there = read_of_run(folder(trial), [&] { return finetune::read_arguments(folder(trial)); });
  const std::vector<std::string> wanted = finetune::parse_settings(arguments(trial))->arguments;
  const auto a = essential(there), b = essential(wanted);
  for (const std::string& argument : a)
    check(std::find(b.begin(), b.end(), argument) != b.end(),
          "{}: is of a run with {}, which is not wanted here; remove the folder, or choose another --output",
          folder(trial), argument);
  check(a.size() == b.size(), "{}: is of a run with other options; remove the folder, or choose another --output",
        folder(trial));
}

Runs::Running Runs::start(const Trial& trial) const {
  const std::string place = folder(trial);
  make_folder(fs::path(place).parent_path().string());
  std::vector<std::string> words = {setup_.finetune};
  const bool begun = file_exists(place + "/" + finetune::options_file);
  for (const std::string& word : arguments(trial)) words.push_back(word);
  if (begun) words.push_back("--resume=" + place);
  return {trial, Child(words, place + ".txt")};
}

void Runs::report_failure(const Trial& trial, int status) const {
  const std::string output = folder(trial) + ".txt", said = last_line(output);
  check(status != 128 + SIGKILL, "the run {} was killed, as happens where memory is short: fewer --workers take less",
        trial.name());
  fail("the run {} failed: {}; {} has all it said, and without the folder {} it is done anew", trial.name(),
       said.empty() ? "it said nothing" : said, output, folder(trial));
}

std::int64_t Runs::carry_out(const std::vector<Trial>& trials, Progress& progress, std::int64_t done) {
  std::vector<Trial> waiting;
  for (const Trial& trial : trials) {
    check_same_run(trial);
    if (finished(trial)) continue;
    waiting.push_back(trial);
    done -= steps_done(trial);  // counted anew as it goes on
  }
  std::reverse(waiting.begin(), waiting.end());
  std::vector<Running> running;
  const programs::Interruption interruption;
  auto stop_if_asked = [&] {
    if (interruption.asked())
      for (Running& one : running) one.child.ask_to_end();  // all, before the first is waited for
    interruption.check("stopped; the same command goes on where it was");
  };
  while (!waiting.empty() || !running.empty()) {
    while (!waiting.empty() && static_cast<std::int64_t>(running.size()) < setup_.workers) {
      running.push_back(start(waiting.back()));
      waiting.pop_back();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    std::int64_t now = done;
    for (std::size_t i = 0; i < running.size();) {
      const auto status = running[i].child.status();
      stop_if_asked();
      const Trial trial = running[i].trial;
      if (!status) {
        now += steps_done(trial);
        ++i;
        continue;
      }
      if (*status != 0 || !finished(trial)) report_failure(trial, *status);
      done += steps(trial), now += steps(trial);
      std::error_code ignored;
      fs::remove(folder(trial) + "/" + checkpoint_file, ignored);  // nothing goes on from it any more
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (!running.empty())
      progress.update(now, fmt::format("{}, {} to come", running.front().trial.name(), waiting.size()));
  }
  return done;
}

Outcome Runs::outcome(const Trial& trial) const {
  const auto found = outcomes_.find(trial.name());
  return found != outcomes_.end() ? found->second
                                  : outcomes_.emplace(trial.name(), read_outcome(folder(trial))).first->second;
}

std::vector<Outcome> Runs::outcomes(const Variant& variant, const std::vector<std::int64_t>& seeds) const {
  std::vector<Outcome> result;
  for (const std::int64_t seed : seeds) result.push_back(outcome({variant, seed}));
  return result;
}

std::vector<double> Runs::averages(const Variant& variant, const std::vector<std::int64_t>& seeds) const {
  std::vector<double> result;
  for (const Outcome& one : outcomes(variant, seeds)) result.push_back(one.average);
  return result;
}

std::vector<StepRecord> Runs::log(const Trial& trial) const { return read_steps(folder(trial), outcome(trial).steps); }

}  // namespace adora::reproduce
