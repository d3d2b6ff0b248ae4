#pragma once
#include <string>
#include <vector>

#include "adapter.h"

namespace adora {

/// The Linear modules of the model that the config means. An error, listing the names there are, where a target, an
/// exclusion or a pattern matches nothing; an error where a rank isn't positive, or there is no such kind of adapter.
std::vector<AdapterTarget> adapter_targets(Module& model, const AdapterConfig& config);

}  // namespace adora
