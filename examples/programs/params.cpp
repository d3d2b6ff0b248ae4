// How many parameters a method trains, counted on the shape-only device: no weight is ever in memory.
#include <fmt/core.h>

#include <algorithm>

#include "../../nn/json.h"
#include "../../nn/llama.h"
#include "../../nn/llama_config_file.h"
#include "../common/program.h"
#include "../finetune/adapters.h"

using namespace adora;

namespace {

int body(const std::vector<std::string>& arguments) {
  finetune::Settings s;
  std::string config, method = "dora";
  bool json = false;
  programs::Options options("params", "counts a model's parameters and those that a method trains");
  options.text("--config", config, "FILE|NAME",
               "a config.json, or one of " + programs::join(llama_config_names(), ", "));
  options.choice("--method", method, finetune::all_methods(), "how it is fine-tuned");
  options.integer("--rank", s.rank, {.low = 1, .high = 65536}, "the rank of the low-rank matrices");
  options.list("--target-modules", s.target_modules, "NAME[,NAME...]", "the layers that get an adapter");
  options.list("--magnitude-modules", s.magnitude_modules, "NAME[,NAME...]", "layers whose magnitude alone is trained");
  options.flag("--json", json, "print an object");
  if (!options.parse(arguments)) return 0;
  check(!config.empty(), "--config is missing; it names a config.json or one of {}",
        programs::join(llama_config_names(), ", "));
  s.methods = {method};
  for (const auto& [name, value] : options.given()) s.given.insert(name);
  finetune::check_methods(s);
  const auto names = llama_config_names();
  const bool named = std::find(names.begin(), names.end(), config) != names.end();
  const auto model =
      finetune::adapted_shapes(s, method, named ? named_llama_config(config) : read_llama_config(config), config);
  if (const std::string note = finetune::unused_options(s); !note.empty()) fmt::print(stderr, "{}\n", note);

  std::int64_t trainable = 0, total = 0;
  for (const NamedTensor& one : model->named_parameters()) total += one.tensor.numel();
  for (const NamedTensor& one : model->trainable_parameters()) trainable += one.tensor.numel();
  const double percent = 100 * static_cast<double>(trainable) / static_cast<double>(total);
  if (json)
    fmt::print("{}\n", Json(Json::Object{{"trainable", trainable}, {"total", total}, {"percent", percent}}).dump(-1));
  else fmt::print("trainable {}\ntotal {}\npercent {:.4f}\n", trainable, total, percent);
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return programs::run_program("params", argc, argv, body); }
