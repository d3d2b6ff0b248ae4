// The demonstration with a recipe of a few steps: its runs, their options and their reports.
#include "../../examples/finetune/demonstration.h"

#include <unistd.h>

#include <cstdlib>

#include "../../nn/io/json_file.h"
#include "../../nn/io/safetensors.h"
#include "../catch.h"
#include "../files.h"

using namespace adora;
using adora::test::TemporaryFolder;

namespace {

// Standard output and error go to a file as long as this lives.
class Captured {
 public:
  explicit Captured(const std::string& path) {
    std::fflush(stdout);
    FILE* file = std::fopen(path.c_str(), "w");
    for (int i : {0, 1}) kept_[i] = dup(i + 1), dup2(fileno(file), i + 1);
    std::fclose(file);
  }
  ~Captured() {
    std::fflush(stdout);
    for (int i : {0, 1}) dup2(kept_[i], i + 1), close(kept_[i]);
  }

 private:
  int kept_[2];
};

}  // namespace

TEST_CASE("the demonstration's runs take the machine's options, and each leaves its files and a row in the reports") {
  TemporaryFolder folder;
  setenv("ADORA_CACHE", (folder / "cache").c_str(), 1);
  finetune::Demonstration demonstration;
  demonstration.output = folder / "out";
  demonstration.seed = 3;
  demonstration.machine.dtype = "bf16";
  demonstration.recipe.steps = 2;
  demonstration.recipe.rows = 2;
  demonstration.recipe.train_questions = 2;
  demonstration.recipe.test_questions = 1;
  demonstration.recipe.full_lr = 0.003;
  demonstration.recipe.lora_lr = 0.004;
  demonstration.recipe.dora_lr = 0.005;
  demonstration.recipe.scaled_lr = 0.006;
  demonstration.recipe.tuning_clip_grad_norm = 0.75;
  {
    Captured captured(folder / "printed");
    finetune::demonstrate(demonstration);
  }
  unsetenv("ADORA_CACHE");
  const std::string printed = test::bytes_of(folder / "printed");
  for (const char* part : {"zero-shot", "Full", "LoRA r=32", "DoRA r=32", "DoRA r=16", "LoRA r=1", "DoRA r=1",
                           "guessing", "BoolQ", "OBQA", "finetune --method=dora --rank=16 --alpha=32"})
    CHECK(printed.find(part) != std::string::npos);
  // The demonstration's options are passed on to its runs.
  const std::string options = test::bytes_of(folder / "out/dora-r1/options.json");
  for (const char* option : {"--dtype=bf16", "--seed=3", "--lr=0.006", "--clip-grad-norm=0.75"})
    CHECK(options.find(option) != std::string::npos);
  const StateDict full = read_safetensors(folder / "out/full/model.safetensors");
  CHECK(full.at("model.norm.weight").dtype() == bfloat16);
  const Json json = read_json_file(folder / "out/report.json");
  CHECK(json.get<Json::Object>()->at("runs").get<Json::Array>()->size() == 7);
  const std::string page = test::bytes_of(folder / "out/report.html");
  CHECK(page.find("learning rates 0.003 (Full), 0.004 (LoRA) and 0.005 (DoRA), at rank 1 0.006, gradients of norm 0.75 "
                  "at most, seed 3.") != std::string::npos);
}
