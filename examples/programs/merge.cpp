// A model with an adapter folded into its weights, as a folder of its own.
#include <filesystem>

#include "../../nn/adapters/model_adapters.h"
#include "../../nn/adapters/peft_folder.h"
#include "../../nn/models/model_folder.h"
#include "../common/machine.h"
#include "../common/program.h"
#include "../finetune/model_source.h"
#include "../finetune/output_folder.h"

using namespace adora;

namespace {

int body(const std::vector<std::string>& arguments) {
  namespace fs = std::filesystem;
  std::string model, adapter, output;
  bool overwrite = false;
  programs::Machine machine;
  machine.dtype.clear();  // as stored, where none is asked for
  programs::Options options("merge", "folds a PEFT adapter into a model's weights");
  options.text("--model", model, "DIR|tiny", "a Hugging Face folder, or the built-in tiny transformer");
  options.text("--adapter", adapter, "DIR", "the PEFT adapter");
  options.text("--output", output, "DIR", "where the complete Hugging Face folder goes");
  options.flag("--overwrite", overwrite, programs::overwrite_help);
  machine.add_options(options);
  if (!options.parse(arguments)) return 0;
  check(!model.empty(), "--model is missing; it names a folder, or tiny");
  check(!adapter.empty(), "--adapter is missing; it names a folder");
  check(!output.empty(), "--output is missing; it names a folder");
  std::error_code error;
  check(!fs::equivalent(model, output, error), "--output {}: is the folder of --model, which would be lost", output);
  finetune::check_room(output, was_written_here(output) && !finetune::holds_run(output), overwrite);
  machine.apply();
  const finetune::OutputFolder folder(output);
  const auto source = finetune::open_model(model);
  const bool as_stored = machine.dtype.empty();
  const auto merged = as_stored ? source->load_as_stored() : source->load(machine.weights());
  merged->to(machine.weights().device);
  load_adapter(*merged, adapter);
  fold_adapters(*merged);
  if (as_stored) source->save_as_stored(*merged, output);
  else source->save(*merged, output);
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return programs::run_program("merge", argc, argv, body); }
