// The DoRA paper's fine-tuning (Liu et al., 2024, section 5.1) on the built-in tiny transformer, in minutes.
#include "../common/program.h"
#include "../finetune/demonstration.h"

using namespace adora;

namespace {

int body(const std::vector<std::string>& arguments) {
  finetune::Demonstration demonstration;
  programs::Options options("demo", "the DoRA paper's fine-tuning on the built-in tiny transformer");
  options.text("--output", demonstration.output, "DIR", "where the reports and each run's files go");
  options.flag("--overwrite", demonstration.overwrite, programs::overwrite_help);
  options.integer("--seed", demonstration.seed, programs::at_least(0), "of the fine-tuning");
  demonstration.machine.add_options(options);
  if (!options.parse(arguments)) return 0;
  demonstration.machine.apply();
  finetune::demonstrate(demonstration);
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return programs::run_program("demo", argc, argv, body); }
