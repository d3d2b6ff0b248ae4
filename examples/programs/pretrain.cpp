// How the tiny transformer that the repository keeps was made: several are pre-trained, each is fine-tuned in full, and
// the one that answers most of the questions of a validation split is written. No adapter has a part in the choice.
#include <fmt/core.h>

#include "../../nn/io/file.h"
#include "../common/program.h"
#include "../finetune/run.h"
#include "../tiny_model/pretraining.h"
#include "../tiny_model/tiny_model.h"

using namespace adora;

namespace {

struct Choice {
  std::int64_t candidates = 2, first = 0, steps = tiny_world::Recipe().steps;
  bool compare = false;
  std::string output = "pretrained.safetensors", work = "pretraining";
  programs::Machine machine;
};

/// The demonstration's training questions, and as many others as it asks in the end: none of those.
finetune::TrainingData validation(const finetune::Settings& settings, const finetune::ModelSource& source,
                                  const tiny_world::Recipe& recipe) {
  tiny_world::Recipe more = recipe;
  more.test_questions *= 2;
  finetune::TrainingData data = prepare(settings, source, more);
  for (EvaluationTask& task : data.tasks) {
    task.questions.erase(task.questions.begin(),
                         task.questions.begin() + static_cast<std::ptrdiff_t>(recipe.test_questions));
  }
  return data;
}

/// The share of the validation questions that a model answers after it was fine-tuned in full.
double accuracy_of(const Choice& choice, const tiny_world::Recipe& recipe, const finetune::ModelSource& source,
                   const std::string& name) {
  const std::string folder = choice.work + "/" + name;
  std::vector<std::string> arguments{"--method=full",
                                     fmt::format("--lr={}", recipe.full_lr),
                                     fmt::format("--train-on-inputs={}", recipe.train_on_inputs),
                                     fmt::format("--clip-grad-norm={}", recipe.tuning_clip_grad_norm),
                                     "--seed=1",
                                     "--output=" + folder};
  const finetune::Settings settings = *finetune::parse_settings(arguments);
  make_folder(folder);
  const finetune::MethodReport report =
      run_method(settings, "full", source, validation(settings, source, recipe), folder);
  double sum = 0;
  for (const TaskAccuracy& task : report.accuracy) sum += task.value;
  return sum / static_cast<double>(report.accuracy.size());
}

void print(const std::string& which, double accuracy) {
  fmt::print("{}: {:.2f} per cent of the validation questions after full fine-tuning\n", which, 100 * accuracy);
  std::fflush(stdout);
}

int body(const std::vector<std::string>& arguments) {
  Choice choice;
  programs::Options options("pretrain",
                            "pre-trains the tiny transformer several times and keeps the best to fine-tune");
  options.integer("--candidates", choice.candidates, programs::at_least(1), "how many to choose from");
  options.integer("--first", choice.first, programs::at_least(0), "the first one's draw of weights and text");
  options.integer("--steps", choice.steps, programs::at_least(1), "of pre-training");
  options.flag("--compare", choice.compare, "measure the model that the programs hold, too");
  options.text("--output", choice.output, "FILE", "where the best is written, in bfloat16");
  options.text("--work", choice.work, "DIR", "where the fine-tuned models go");
  choice.machine.add_options(options);
  if (!options.parse(arguments)) return 0;
  choice.machine.apply();

  if (choice.compare) print("the one kept", accuracy_of(choice, {}, *finetune::open_tiny_model(), "kept"));
  double best = -1;
  for (std::int64_t i = 0; i < choice.candidates; ++i) {
    tiny_world::Recipe recipe;
    recipe.steps = choice.steps;
    recipe.draw = static_cast<std::uint64_t>(choice.first + i);
    const StateDict weights = finetune::pretrain(recipe, choice.machine.weights().device);
    const auto source = finetune::open_tiny_model(recipe, weights);
    const double accuracy = accuracy_of(choice, recipe, *source, fmt::format("draw-{}", recipe.draw));
    print(fmt::format("draw {}", recipe.draw), accuracy);
    if (accuracy <= best) continue;
    best = accuracy;
    finetune::keep_tiny_model(choice.output, recipe, weights);
  }
  fmt::print("{} has the one with {:.2f}\n", printable(choice.output), 100 * best);
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return programs::run_program("pretrain", argc, argv, body); }
