#pragma once
#include <map>

#include "adapter.h"

/// Adapters: small trained additions to the layers of a frozen model: to a Linear, an Embedding, a Conv.
///
///     add_adapter(model, {.kind = "dora", .rank = 32, .target_modules = {"q_proj", "v_proj"}});
///     AdamW optimizer(model.trainable_parameters());
///
/// Several may be on one model under different names.
namespace adora {

/// Puts a fresh adapter on the modules that the config means, freezes the model's own weights and makes the new
/// adapter the active one. It changes no output until it is trained, but for rounding where its matrices begin with
/// parts of the weight. Modules to save and biases that are trained get copies, which stand in the model in the places
/// of its own while the adapter is active. An error where the name is taken, a pattern matches nothing, or the model is
/// merged.
void add_adapter(Module& model, const AdapterConfig& config, const std::string& name = "default",
                 const AdapterOptions& options = {});
/// Takes an adapter away. The model's own weights stay frozen; `model.requires_grad(true)` thaws them.
void remove_adapter(Module& model, const std::string& name);
/// The adapters there are, in the order they were added.
std::vector<std::string> adapter_names(Module& model);
/// Exactly these act, and are trained; their changes add up. None: the model computes as without adapters. An error
/// where two have trained the same module or bias as a whole.
void activate_adapters(Module& model, const std::vector<std::string>& names);
std::vector<std::string> active_adapters(Module& model);
/// The config and options that an adapter was made from, and the generator of its dropout.
AdapterShared& adapter(Module& model, const std::string& name = "default");

/// A layer of a model that has adapters, by the module's name.
struct AdaptedModule {
  std::string name;
  AdaptableLayer* layer;

  /// The one of that name; null where there is none.
  Adapter* find(const std::string& adapter) const;
};
std::vector<AdaptedModule> adapted_modules(Module& model);

/// Folds the active adapters into weights and biases, each computed from those without any, so that they cost nothing.
/// An error, and nothing changed, where the weight of one is quantized, or no one weight stands for it and an adapter,
/// as with a convolution in groups, or where a trained bias of an adapter finds none in its layer; so with
/// fold_adapters. Of tied weights, an embedding's and an output layer's, the
/// one whose layer has the adapter becomes a tensor of its own.
void merge_adapters(Module& model);
/// Takes them out again: the weights are bit for bit what they were. An error where a weight was changed in place in
/// between, since the change would be lost.
void unmerge_adapters(Module& model);
/// Folds the active adapters into the weights for good and removes all: what is left is a plain model, still frozen.
void fold_adapters(Module& model);

/// How far the adapter moves the weight of each module that it is on, by the module's name.
std::map<std::string, WeightChange> adapter_changes(Module& model, const std::string& name = "default");

/// The adapter's tensors under PEFT's names ("base_model.model.….q_proj.lora_A.weight"): handles, not copies.
StateDict adapter_state_dict(Module& model, const std::string& name = "default");
/// Of a file's tensors those that are `wanted`, as match_state_dict. Names of older versions of PEFT are known; weights
/// of the model that PEFT writes beside the adapter, as those of an embedding, are passed over where they are the
/// model's own, and an error naming them otherwise.
StateDict match_adapter_state_dict(Module& model, const StateDict& given, const StateDict& wanted,
                                   const std::string& where);
/// Takes over such tensors. An error naming the key, and nothing changed, where one is missing, surplus or of another
/// shape.
void load_adapter_state_dict(Module& model, const StateDict& state, const std::string& name = "default");

}  // namespace adora
