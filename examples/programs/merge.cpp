// A model with an adapter folded into its weights, as a folder or a GGUF file of its own.
#include <cctype>
#include <filesystem>
#include <optional>

#include "../../nn/adapters/model_adapters.h"
#include "../../nn/adapters/peft_folder.h"
#include "../../nn/io/file.h"
#include "../../nn/models/model_folder.h"
#include "../common/machine.h"
#include "../common/program.h"
#include "../finetune/model_source.h"
#include "../finetune/output_folder.h"

using namespace adora;

namespace {

/// "Q8_0" for q8_0, as ggml writes its types.
std::string upper(std::string name) {
  for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

int body(const std::vector<std::string>& arguments) {
  namespace fs = std::filesystem;
  std::string model, adapter, output, to = "folder", gguf_type = "f16";
  bool overwrite = false;
  programs::Machine machine;
  machine.dtype.clear();  // as stored, where none is asked for
  programs::Options options("merge", "folds a PEFT adapter into a model's weights");
  options.text("--model", model, "DIR|FILE|tiny",
               "a Hugging Face folder, a GGUF file, or the built-in tiny transformer");
  options.text("--adapter", adapter, "DIR", "the PEFT adapter");
  options.text("--output", output, "DIR|FILE", "where the complete Hugging Face folder goes, or the GGUF file");
  options.choice("--to", to, {"folder", "gguf"}, "what to write; one may be made of the other without an adapter");
  options.choice("--gguf-type", gguf_type, {"f16", "q8_0", "bf16", "f32"},
                 "how a GGUF file has the matrices; llama.cpp reads all of these");
  options.flag("--overwrite", overwrite, programs::overwrite_help);
  machine.add_options(options);
  if (!options.parse(arguments)) return 0;
  check(!model.empty(), "--model is missing; it names a folder, a file, or tiny");
  const bool gguf = to == "gguf";
  check(gguf || !options.given("--gguf-type"), "--gguf-type: goes with --to gguf");
  const bool other_form = gguf || (model != "tiny" && !is_folder(model));
  check(other_form || !adapter.empty(), "--adapter is missing; it names a folder");
  check(!output.empty(), "--output is missing; it names a {}", gguf ? "file" : "folder");
  std::error_code error;
  check(!fs::equivalent(model, output, error), "--output {}: is the {} of --model, which would be lost", output,
        gguf ? "file" : "folder");
  if (gguf) check(overwrite || !file_exists(output), "--output {}: is there already; --overwrite replaces it", output);
  else finetune::check_room(output, was_written_here(output) && !finetune::holds_run(output), overwrite);
  machine.apply();
  std::optional<finetune::OutputFolder> folder;
  if (!gguf) folder.emplace(output);
  const auto source = finetune::open_model(model);
  const bool as_stored = machine.dtype.empty();
  const auto merged = as_stored ? source->load_as_stored() : source->load(machine.weights());
  merged->to(machine.weights().device);
  if (!adapter.empty()) {
    load_adapter(*merged, adapter);
    fold_adapters(*merged);
  }
  if (gguf) source->save_gguf(*merged, output, upper(gguf_type));
  else if (as_stored) source->save_as_stored(*merged, output);
  else source->save(*merged, output);
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return programs::run_program("merge", argc, argv, body); }
