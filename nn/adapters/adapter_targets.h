#pragma once
#include <string>
#include <vector>

#include "adapter.h"

namespace adora {

/// The layers of the model that the config means, among all that can carry adapters (AdaptableLayer), as PEFT matches
/// names; "all-linear" means Linear modules alone. An error, listing the names there are, where a target, an exclusion
/// or a pattern matches nothing; an error where a rank isn't positive, there is no such kind of adapter, or none for
/// such a layer.
std::vector<AdapterTarget> adapter_targets(Module& model, const AdapterConfig& config);

}  // namespace adora
