// The DoRA paper's tables and figures (Liu et al., 2024) on the built-in tiny transformer.
#include "../reproduce/reproduce.h"

#include <omp.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "../../core/error.h"
#include "../common/machine.h"
#include "../common/program.h"
#include "../reproduce/experiments.h"

using namespace adora;

namespace {

std::string names_of_experiments() {
  std::string text;
  for (const reproduce::Experiment& one : reproduce::all_experiments()) text += one.name + ", ";
  return text + "all";
}

/// The experiment's name stands before the options.
std::string take_name(std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments.front().starts_with("--")) return "";
  const std::string name = arguments.front();
  arguments.erase(arguments.begin());
  return name;
}

void check_name(const std::string& name) {
  check(!name.empty(), "name an experiment: {}", names_of_experiments());
  const auto& all = reproduce::all_experiments();
  check(name == "all" || std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.name == name; }),
        "{}: there is no such experiment; there are {}", name, names_of_experiments());
}

int body(const std::vector<std::string>& given) {
  std::vector<std::string> arguments = given;
  const std::string name = take_name(arguments);
  reproduce::Setup setup;
  setup.output = "reproduction";
  bool quick = false;
  std::optional<std::int64_t> workers;
  programs::Machine machine;
  std::string what = "reproduce NAME: the DoRA paper's tables and figures on a tiny transformer; NAME is one of\n";
  for (const reproduce::Experiment& one : reproduce::all_experiments())
    what += "  " + one.name + ": " + one.what + "\n";
  what += "  all: every one, with one report";
  programs::Options options("reproduce", what);
  options.flag("--quick", quick, "in some minutes: shows how everything goes, too little to tell methods apart");
  options.text("--output", setup.output, "DIR",
               "where report.html, results.json and each run's files go; what is finished there is not done again");
  options.integer("--workers", workers, {.low = 1, .high = 1024},
                  "runs at a time, each with one thread (default: one a processor; on a GPU 1)");
  machine.add_options(options);
  if (!options.parse(arguments)) return 0;
  check_name(name);
  machine.apply();
  const bool gpu = machine.device == "cuda";
  if (quick) setup.extent = reproduce::quick_extent();
  else setup.extent = gpu ? reproduce::large_extent() : reproduce::usual_extent();
  setup.device = machine.device;
  setup.dtype = machine.dtype;
  setup.workers = workers.value_or(gpu ? 1 : std::clamp(omp_get_num_procs(), 1, 64));
  setup.finetune = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "finetune";
  reproduce::reproduce(setup, {name});
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return programs::run_program("reproduce", argc, argv, body); }
