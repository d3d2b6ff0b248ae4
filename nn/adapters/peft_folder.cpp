#include "peft_folder.h"

#include <filesystem>

#include "../finite.h"
#include "../io/file.h"
#include "../io/folder_writer.h"
#include "../io/safetensors.h"
#include "adapter_targets.h"
#include "peft_config.h"

namespace adora {
namespace {

namespace fs = std::filesystem;

std::string weights_in(const std::string& folder) { return (fs::path(folder) / "adapter_model.safetensors").string(); }

/// The tensors that an adapter of this config has in a file, without memory: a config may ask for any rank.
StateDict shapes_of(const std::vector<AdapterTarget>& targets, const AdapterConfig& config) {
  Generator generator(0);
  std::vector<AdapterTarget> shape_only = targets;
  for (AdapterTarget& target : shape_only) target.device = meta;
  const auto shared = std::make_shared<AdapterShared>(AdapterShared{config, {}, generator});
  const auto adapters = make_adapters(shape_only, shared, generator);
  StateDict shapes;
  for (std::size_t i = 0; i < targets.size(); ++i)
    for (const NamedTensor& one : adapters[i]->peft_tensors(targets[i].name)) shapes[one.name] = one.tensor;
  return shapes;
}

}  // namespace

AdapterConfig load_adapter(Module& model, const std::string& folder, const std::string& name,
                           const AdapterOptions& options) {
  AdapterConfig config = read_adapter_config(folder);
  std::string path = weights_in(folder);
  if (!file_exists(path) && file_exists((fs::path(folder) / "adapter_model.bin").string())) {
    fail("{}: has an adapter_model.bin; save it as adapter_model.safetensors, the form that is read", folder);
  }
  StateDict state = read_safetensors(path);
  check_finite(state, path);
  // All that can be wrong shows before anything is changed.
  try {
    const std::vector<AdapterTarget> targets = adapter_targets(model, config);
    for (const AdapterTarget& target : targets) target.kind->remove_idle_tensors(state, target, path);
    state = match_adapter_state_dict(model, state, shapes_of(targets, config), path);
    add_adapter(model, config, name, options);
  } catch (const Error& error) {
    const std::string text = error.what();
    throw Error(text.starts_with(printable(folder)) ? text : folder + ": " + text);
  }
  load_adapter_state_dict(model, state, name);
  return config;
}

void save_adapter(Module& model, const std::string& folder, const std::string& name,
                  const std::vector<std::string>& obsolete) {
  const AdapterConfig& config = adapter(model, name).config;
  StateDict state = adapter_state_dict(model, name);
  for (const AdapterTarget& target : adapter_targets(model, config))
    target.kind->add_idle_tensors(state, target, config);
  check_finite(state, folder);
  FolderWriter writer(folder, "adapter_config.json");
  write_adapter_config(writer.file("adapter_config.json"), config);
  write_safetensors(writer.file("adapter_model.safetensors"), state, {{"format", "pt"}});
  for (const std::string& file : obsolete) writer.remove(file);
  writer.commit();
}

}  // namespace adora
