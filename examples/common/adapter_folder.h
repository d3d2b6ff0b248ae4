#pragma once
#include <string>

#include "../../nn/module.h"

namespace adora::programs {

/// Puts the PEFT adapter of a folder on the model; an error naming the file, where it doesn't go on it.
void load_adapter_folder(Module& model, const std::string& folder);
/// Writes the model's adapter as a folder that PEFT reads.
void save_adapter_folder(Module& model, const std::string& folder);

}  // namespace adora::programs
