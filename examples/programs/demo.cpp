// The DoRA paper's fine-tuning (Liu et al., 2024, section 5.1) on the built-in tiny transformer: the model as it is
// pre-trained, full fine-tuning, LoRA, DoRA, and DoRA with half the rank; then LoRA and DoRA with a rank that is to
// this model's width what the paper's 32 is to 4,096. Each is a command line of finetune.
#include <fmt/core.h>

#include <cstdio>

#include "../common/program.h"
#include "../finetune/run.h"
#include "../finetune/tiny_model.h"
#include "../tiny_world/recipe.h"

using namespace adora;

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
  auto lr = [](double value) { return fmt::format("--lr={}", value); };
  return {{"LoRA r=1", "lora-r1", {"--method=lora", "--rank=1", "--alpha=2", lr(recipe.lora_lr)}},
          {"DoRA r=1", "dora-r1", {"--method=dora", "--rank=1", "--alpha=2", lr(recipe.dora_lr)}}};
}

// A run by its command line, which it says first.
finetune::MethodReport carry_out(const Run& run, const std::string& output, std::vector<std::string> common,
                                 const finetune::ModelSource& source, const finetune::Exercises& exercises) {
  std::vector<std::string> arguments = run.arguments;
  arguments.insert(arguments.end(), common.begin(), common.end());
  arguments.push_back("--output=" + output + "/" + run.folder);
  fmt::print(stderr, "finetune {}\n", programs::join(arguments, " "));
  finetune::Settings settings = *finetune::parse_settings(arguments);
  settings.label = run.label;
  finetune::MethodReport report =
      finetune::run_method(settings, settings.methods.front(), source, exercises, settings.output);
  if (report.steps.empty()) report.method = "zero-shot", report.trainable_parameters = 0;
  return report;
}

int body(const std::vector<std::string>& arguments) {
  std::string output = "demo-report";
  std::int64_t seed = 0;
  programs::Machine machine;
  programs::Options options("demo", "the DoRA paper's fine-tuning on the built-in tiny transformer");
  options.text("--output", output, "DIR", "where the reports and each run's files go");
  options.integer("--seed", seed, programs::at_least(0), "of the fine-tuning");
  machine.add_options(options);
  if (!options.parse(arguments)) return 0;
  machine.apply();

  const tiny_world::Recipe recipe;
  std::vector<std::string> common = {fmt::format("--train-on-inputs={}", recipe.train_on_inputs),
                                     fmt::format("--seed={}", seed)};
  const finetune::Settings settings = *finetune::parse_settings(common);
  finetune::prepare_output(output);
  const auto source = finetune::open_model("tiny");
  const finetune::Exercises exercises = finetune::prepare(settings, source->tokenizer());
  source->load(settings.machine.weight_dtype());  // pre-trains it where that is not done yet

  finetune::Report papers, scaled, all;
  papers.chance = scaled.chance = all.chance = exercises.chance;
  all.title = "Fine-tuning a tiny transformer";
  all.subject = fmt::format(
      "Eight kinds of questions about a small invented world in the formats of the eight commonsense tasks, {} to "
      "learn "
      "from, other ones asked; {} epochs in batches of {}, seed {}. A model of width {}: ranks 32 and 16 are the DoRA "
      "paper's, 1 is to this width what 32 is to 4,096.",
      exercises.documents.size(), settings.epochs, settings.batch_size, seed, recipe.hidden_size);
  auto carry_out_all = [&](const std::vector<Run>& runs, finetune::Report& part) {
    for (const Run& run : runs) {
      part.runs.push_back(carry_out(run, output, common, *source, exercises));
      all.runs.push_back(part.runs.back());
      finetune::write_report_json(output + "/report.json", all);
      finetune::write_report_html(output + "/report.html", all);
    }
  };
  carry_out_all(runs_at_the_papers_ranks(recipe), papers);
  fmt::print("\nAccuracy in per cent, ranks as in the paper's Table 1\n\n{}\n", finetune::report_table(papers));
  std::fflush(stdout);
  carry_out_all(runs_at_scaled_ranks(recipe), scaled);
  fmt::print("\nRanks scaled to the width: 1 of {} is what 32 is of 4,096\n\n{}\n", recipe.hidden_size,
             finetune::report_table(scaled));
  fmt::print("{0}/report.html shows the loss curves; {0}/report.json has the numbers\n", output);
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return programs::run_program("demo", argc, argv, body); }
