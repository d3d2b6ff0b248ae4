#pragma once
#include <string>

#include "model_adapters.h"

namespace adora {

/// Puts the adapter in a PEFT folder (adapter_config.json, adapter_model.safetensors) on the model, makes it the active
/// one, and returns its config. Throws `Error` naming the file, and changes nothing, where the config is not
/// supported, a target isn't in the model, or a tensor is missing, surplus, of another shape than model
/// and config give it or has a number that is not finite.
AdapterConfig load_adapter(Module& model, const std::string& folder, const std::string& name = "default",
                           const AdapterOptions& options = {});

/// Writes an adapter of the model as such a folder, which is made where it isn't there, both files or none (see
/// FolderWriter), and removes the files that `obsolete` names, relative to the folder. PEFT reads it where it has such
/// an adapter: see write_adapter_config. Throws `NotFinite`, and writes nothing, where a number is not finite.
void save_adapter(Module& model, const std::string& folder, const std::string& name = "default",
                  const std::vector<std::string>& obsolete = {});

}  // namespace adora
