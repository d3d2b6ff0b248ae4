#pragma once
#include <string>
#include <vector>

#include "adapter.h"

namespace adora {

/// The layers of the model that the config means, among all that can carry adapters (AdaptableLayer), as PEFT matches
/// names; "all-linear" means Linear modules but the output layer. Regular expressions are Python's. An error, listing
/// the names there are, where nothing is left; an error where a rank isn't positive, there is no such kind of adapter,
/// none for such a layer, or an expression is wrong or not understood.
std::vector<AdapterTarget> adapter_targets(Module& model, const AdapterConfig& config);

/// An error, listing the names there are, where a target, an exclusion, a pattern or a module to save matches nothing.
/// PEFT passes over these.
void check_all_match(Module& model, const AdapterConfig& config);

}  // namespace adora
