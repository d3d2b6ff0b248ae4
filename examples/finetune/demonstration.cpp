#include "demonstration.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>

#include "../tiny_model/tiny_model.h"
#include "output_folder.h"
#include "run.h"

namespace adora::finetune {

namespace {

struct Run {
  std::string label;   ///< in the tables
  std::string folder;  ///< below the output
  std::vector<std::string> arguments;
};

std::vector<Run> runs_at_the_papers_ranks(const tiny_world::Recipe& recipe) {
  auto lr = [](double value) { return fmt::format("--lr={}", value); };
  return {{"zero-shot", "zero-shot", {"--method=full", "--max-steps=0"}},
          {"Full", "full", {"--method=full", lr(recipe.full_lr)}},
          {"LoRA r=32", "lora-r32", {"--method=lora", "--rank=32", "--alpha=64", lr(recipe.lora_lr)}},
          {"DoRA r=32", "dora-r32", {"--method=dora", "--rank=32", "--alpha=64", lr(recipe.dora_lr)}},
          {"DoRA r=16", "dora-r16", {"--method=dora", "--rank=16", "--alpha=32", lr(recipe.dora_lr)}}};
}

std::vector<Run> runs_at_scaled_ranks(const tiny_world::Recipe& recipe) {
  const std::string lr = fmt::format("--lr={}", recipe.scaled_lr);
  return {{"LoRA r=1", "lora-r1", {"--method=lora", "--rank=1", "--alpha=2", lr}},
          {"DoRA r=1", "dora-r1", {"--method=dora", "--rank=1", "--alpha=2", lr}}};
}

// The arguments that all runs have in common.
std::vector<std::string> common_arguments(const Demonstration& d) {
  std::vector<std::string> arguments = {fmt::format("--train-on-inputs={}", d.recipe.train_on_inputs),
                                        fmt::format("--clip-grad-norm={}", d.recipe.tuning_clip_grad_norm),
                                        "--warmup-steps=100", fmt::format("--seed={}", d.seed)};
  for (std::string& argument : d.machine.arguments()) arguments.push_back(std::move(argument));
  return arguments;
}

// A run by its command line, which it says first.
MethodReport carry_out(const Run& run, const Demonstration& d, const ModelSource& source, const TrainingData& data) {
  std::vector<std::string> arguments = run.arguments;
  for (const std::string& argument : common_arguments(d)) arguments.push_back(argument);
  arguments.push_back("--output=" + d.output + "/" + run.folder);
  fmt::print(stderr, "finetune {}\n", printable(programs::join(arguments, " ")));
  Settings settings = *parse_settings(arguments);
  settings.label = run.label;
  const OutputFolder folder(settings.output);
  MethodReport report = run_method(settings, settings.methods.front(), source, data, settings.output);
  if (report.steps.empty()) report.method = "zero-shot", report.trainable_parameters = 0;
  return report;
}

bool holds_demonstration(const Demonstration& d) {
  const auto runs = runs_at_the_papers_ranks(d.recipe);
  return std::any_of(runs.begin(), runs.end(), [&](const Run& run) { return holds_run(d.output + "/" + run.folder); });
}

std::string subject_of(const Demonstration& d, const Settings& settings, std::size_t documents) {
  return fmt::format(
      "Eight kinds of questions about a small invented world in the formats of the eight commonsense tasks, {} to "
      "learn "
      "from, other ones asked; {} epochs in batches of {}, learning rates {} (Full), {} (LoRA) and {} (DoRA), at rank "
      "1 "
      "{}, gradients of norm {} at most, seed {}. A model of width {}: ranks 32 and 16 are the DoRA paper's, 1 is to "
      "this width what 32 is to 4,096.",
      documents, settings.epochs, settings.batch_size, d.recipe.full_lr, d.recipe.lora_lr, d.recipe.dora_lr,
      d.recipe.scaled_lr, d.recipe.tuning_clip_grad_norm, d.seed, d.recipe.hidden_size);
}

}  // namespace

void demonstrate(const Demonstration& d) {
  check_room(d.output, holds_demonstration(d), d.overwrite);
  const OutputFolder folder(d.output);
  const Settings settings = *parse_settings(common_arguments(d));
  const auto source = open_tiny_model(d.recipe);
  const TrainingData data = prepare(settings, *source, d.recipe);
  source->load(settings.machine.weights());  // pre-trains it where that is not done yet

  Report papers, scaled, all;
  papers.chance = scaled.chance = all.chance = data.chance;
  all.title = "Fine-tuning a tiny transformer";
  all.subject = subject_of(d, settings, data.documents.size());
  auto carry_out_all = [&](const std::vector<Run>& runs, Report& part) {
    for (const Run& run : runs) {
      part.runs.push_back(carry_out(run, d, *source, data));
      all.runs.push_back(part.runs.back());
      write_report(d.output, all);
    }
  };
  carry_out_all(runs_at_the_papers_ranks(d.recipe), papers);
  fmt::print("\nAccuracy in per cent, ranks as in the paper's Table 1\n\n{}\n", report_table(papers));
  std::fflush(stdout);
  carry_out_all(runs_at_scaled_ranks(d.recipe), scaled);
  fmt::print("\nRanks scaled to the width: 1 of {} is what 32 is of 4,096\n\n{}\n", d.recipe.hidden_size,
             report_table(scaled));
  fmt::print("{0}/report.html shows the loss curves; {0}/report.json has the numbers\n", printable(d.output));
}

}  // namespace adora::finetune
