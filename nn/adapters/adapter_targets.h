#pragma once
#include <string>
#include <vector>

#include "../layers/linear.h"
#include "adapter_config.h"

namespace adora {

/// A Linear that an adapter goes on, and what of the config holds for it.
struct AdapterTarget {
  std::string name;
  Linear* linear;
  AdapterKind kind;
  std::int64_t rank;
  double scale;
};

/// The Linear modules of the model that the config means. An error, listing the names there are, where a target, an
/// exclusion or a pattern matches nothing; an error where a rank isn't positive.
std::vector<AdapterTarget> adapter_targets(Module& model, const AdapterConfig& config);

}  // namespace adora
