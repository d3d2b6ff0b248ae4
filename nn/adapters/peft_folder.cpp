#include "peft_folder.h"

#include <cctype>
#include <filesystem>

#include "../finite.h"
#include "../hugging_face_form.h"
#include "../io/file.h"
#include "../io/folder_writer.h"
#include "../io/safetensors.h"
#include "adapter_targets.h"
#include "initial_factors.h"
#include "peft_config.h"
#include "trained_tensors.h"

namespace adora {
namespace {

namespace fs = std::filesystem;

std::string weights_in(const std::string& folder) { return (fs::path(folder) / "adapter_model.safetensors").string(); }

/// The tensors that an adapter of this config has in a file, without memory: a config may ask for any rank.
StateDict shapes_of(Module& model, const std::vector<AdapterTarget>& targets, const AdapterConfig& config) {
  Generator generator(0);
  std::vector<AdapterTarget> shape_only = targets;
  for (AdapterTarget& target : shape_only) target.device = meta;
  const auto shared = std::make_shared<AdapterShared>(AdapterShared{config, {}, generator});
  const auto adapters = make_adapters(shape_only, shared, generator);
  const StateDict own = own_parameters(model);
  StateDict trained;
  for (const std::string& name : trained_names(model, config, targets)) trained[name] = own.at(name);
  std::set<std::string> names;
  for (const AdapterTarget& target : targets) names.insert(target.name);
  StateDict shapes = under_peft_names(model, trained, names);
  for (std::size_t i = 0; i < targets.size(); ++i)
    for (const NamedTensor& one : adapters[i]->peft_tensors(targets[i].name)) shapes[one.name] = one.tensor;
  return shapes;
}

/// The text with every occurrence of a module's name, as a whole word, replaced by another.
std::string with_module(std::string text, const std::string& from, const std::string& to) {
  auto is_word = [&](std::size_t at) {
    return at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) || text[at] == '_');
  };
  for (std::size_t at = text.find(from); at != text.npos; at = text.find(from, at)) {
    const bool whole = (at == 0 || !is_word(at - 1)) && !is_word(at + from.size());
    if (whole) text.replace(at, from.size(), to);
    at += whole ? to.size() : from.size();
  }
  return text;
}

/// Modules that older versions of transformers called otherwise, as they are called now, wherever a config or a file
/// names one.
void take_older_names(const Module& model, AdapterConfig& config, StateDict& state) {
  const auto* form = dynamic_cast<const HuggingFaceForm*>(&model);
  if (!form) return;
  for (const auto& [older, name] : form->older_module_names()) {
    auto rename = [&, &from = older, &to = name](std::string& text) { text = with_module(text, from, to); };
    for (auto* list : {&config.target_modules, &config.magnitude_modules, &config.exclude_modules,
                       &config.modules_to_save, &config.layers_pattern})
      for (std::string& module : *list) rename(module);
    for (std::string* regex : {&config.target_regex, &config.exclude_regex}) rename(*regex);
    for (auto& [key, rank] : config.rank_pattern) rename(key);
    for (auto& [key, alpha] : config.alpha_pattern) rename(key);
    StateDict renamed;
    for (const auto& [key, x] : state) renamed[with_module(key, older, name)] = x;
    state = std::move(renamed);
  }
}

/// The config of an adapter that PEFT makes on the model's own weights, with targets as it takes them.
AdapterConfig config_to_save(Module& model, AdapterConfig config) {
  config = config_on_own_weights(config);
  if (!config.target_regex.empty() && (!config.layers_to_transform.empty() || !config.layers_pattern.empty())) {
    // PEFT takes layers beside a list alone.
    for (const AdapterTarget& target : adapter_targets(model, config))
      if (target.kind->name() == config.kind) config.target_modules.push_back(target.name);
    config.target_regex.clear(), config.layers_to_transform.clear(), config.layers_pattern.clear();
  }
  return config;
}

}  // namespace

AdapterConfig load_adapter(Module& model, const std::string& folder, const std::string& name,
                           const AdapterOptions& options) {
  AdapterConfig config = read_adapter_config(folder);
  std::string path = weights_in(folder);
  if (!file_exists(path) && file_exists((fs::path(folder) / "adapter_model.bin").string())) {
    fail(
        "{}: adapter_model.bin is Python's pickle, which is a program and not read here; in Python, "
        "PeftModel.from_pretrained(MODEL, FOLDER).save_pretrained(OTHER) writes adapter_model.safetensors",
        folder);
  }
  StateDict state = read_safetensors(path);
  check_finite(state, path);
  take_older_names(model, config, state);
  AdapterOptions lenient = options;
  lenient.all_match = false;
  // All that can be wrong shows before anything is changed.
  try {
    const std::vector<AdapterTarget> targets = adapter_targets(model, config);
    for (const AdapterTarget& target : targets) target.kind->remove_idle_tensors(state, target, path);
    state = match_adapter_state_dict(model, state, shapes_of(model, targets, config), path);
    add_adapter(model, config, name, lenient);
  } catch (const Error& error) {
    const std::string text = error.what();
    throw Error(text.starts_with(printable(folder)) ? text : folder + ": " + text);
  }
  load_adapter_state_dict(model, state, name);
  return config;
}

void save_adapter(Module& model, const std::string& folder, const std::string& name,
                  const std::vector<std::string>& obsolete) {
  const AdapterConfig config = config_to_save(model, adapter(model, name).config);
  StateDict state = adapter_state_dict(model, name);
  for (const AdaptedModule& module : adapted_modules(model))
    if (const Adapter* found = module.find(name))
      for (const NamedTensor& one : found->peft_tensors_of_own_weights(module.name)) state[one.name] = one.tensor;
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
