#pragma once
#include <string>

#include "../common/machine.h"
#include "../tiny_world/recipe.h"

namespace adora::finetune {

/// The DoRA paper's fine-tuning on the built-in tiny transformer: zero-shot, in full, with LoRA and with DoRA, at the
/// paper's ranks (Table 1) and at a rank that is to this model's width what the paper's 32 is to 4,096.
struct Demonstration {
  std::string output = "demo-report";
  bool overwrite = false;  ///< whatever the output holds
  std::int64_t seed = 0;
  programs::Machine machine;
  tiny_world::Recipe recipe = {};
};

/// Each run is a command line of finetune, written to standard error. Tables go to standard output, the reports and
/// each run's files to the output folder.
void demonstrate(const Demonstration& demonstration);

}  // namespace adora::finetune
