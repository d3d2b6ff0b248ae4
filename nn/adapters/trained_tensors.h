#pragma once
// Not in adora.h: the library's own.
#include <set>
#include <string>
#include <vector>

#include "adapter.h"

namespace adora {

/// The modules that a list as AdapterConfig::modules_to_save means: those whose name ends in one of the words, as PEFT
/// has it, without those that adapters consist of.
std::vector<std::string> modules_to_save(Module& model, const std::vector<std::string>& ends);

/// The parameters that an adapter has of its own, by name: those of its saved modules, and the biases that the config's
/// `bias` means. An error where one belongs to a quantized layer.
std::vector<std::string> trained_names(Module& model, const AdapterConfig& config,
                                       const std::vector<AdapterTarget>& targets);
/// Copies of them for an adapter that is not in place.
std::vector<TrainedTensor> copies_of(Module& model, const std::vector<std::string>& names);
/// Puts the adapter's tensors into the model and keeps the model's own, or the other way round; those in the model are
/// trained.
void put_trained(Module& model, AdapterShared& adapter, bool in_place);
/// The adapter's tensors under their names in the model, handles.
StateDict trained_tensors(Module& model, const AdapterShared& adapter);

/// The model's own parameters, whatever adapters have in their places. Tied ones have all their names.
StateDict own_parameters(Module& model);
/// Under the names, and in the layouts, that PEFT gives them, where `targets` names the modules with adapters.
StateDict under_peft_names(const Module& model, StateDict tensors, const std::set<std::string>& targets);

}  // namespace adora
