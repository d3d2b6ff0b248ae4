// The DoRA paper's tables and figures (Liu et al., 2024) on the built-in tiny transformer.
#include "../paper/reproduce.h"

#include <omp.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "../common/machine.h"
#include "../common/program.h"
#include "../paper/experiments.h"

using namespace adora;

namespace {

std::vector<std::pair<std::string, std::string>> names_of_experiments() {
  std::vector<std::pair<std::string, std::string>> names;
  for (const reproduce::Experiment& one : reproduce::all_experiments()) names.emplace_back(one.name, one.what);
  names.emplace_back("all", "every one, with one report");
  return names;
}

int body(const std::vector<std::string>& arguments) {
  reproduce::Setup setup;
  setup.output = "reproduction";
  std::string name;
  bool quick = false;
  std::optional<std::int64_t> workers;
  programs::Machine machine;
  programs::Options options("reproduce", "the DoRA paper's tables and figures on a tiny transformer");
  options.word("NAME", name, names_of_experiments());
  options.flag("--quick", quick, "in some minutes: shows how everything goes, too little to tell methods apart");
  options.text("--output", setup.output, "DIR",
               "where report.html, results.json and each run's files go; what is finished there is not done again");
  options.flag("--overwrite", setup.overwrite, programs::overwrite_help);
  options.integer("--workers", workers, {.low = 1, .high = 1024},
                  "runs at a time, each with one thread (default: one a processor; on a GPU 1)");
  machine.add_options(options);
  if (!options.parse(arguments)) return 0;
  machine.apply();
  const bool gpu = machine.device == "cuda";
  if (quick) setup.extent = reproduce::quick_extent();
  else setup.extent = gpu ? reproduce::large_extent() : reproduce::usual_extent();
  setup.device = machine.device;
  setup.dtype = machine.dtype;
  setup.workers = workers.value_or(gpu ? 1 : std::clamp(omp_get_num_procs(), 1, 64));
  std::error_code error;
  setup.finetune = std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / "finetune";
  check(!error, "the program finetune, which does the runs, can't be found without /proc");
  reproduce::reproduce(setup, {name});
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return programs::run_program("reproduce", argc, argv, body); }
