#include "adapter_folder.h"

#include "../../nn/adapter.h"
#include "../../nn/adapter_config_file.h"
#include "../../nn/safetensors.h"

namespace adora::programs {

void load_adapter_folder(Module& model, const std::string& folder) {
  const std::string file = folder + "/adapter_model.safetensors";
  const StateDict state = read_safetensors(file);
  try {
    add_adapter(model, read_adapter_config(folder));
    load_adapter_state_dict(model, state);
  } catch (const Error& error) {
    const std::string text = error.what();
    if (text.starts_with(folder)) throw;
    fail("--adapter {}: {}", folder, text);
  }
}

void save_adapter_folder(Module& model, const std::string& folder) {
  // The tensors first: a folder with a configuration is a whole adapter.
  write_safetensors(folder + "/adapter_model.safetensors", adapter_state_dict(model), {{"format", "pt"}});
  write_adapter_config(folder + "/adapter_config.json", adapter(model).config);
}

}  // namespace adora::programs
