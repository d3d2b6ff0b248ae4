#pragma once
#include <map>
#include <string>

#include "../core/tensor.h"

namespace adora {

/// Tensors by name, as checkpoints and model files hold them.
using StateDict = std::map<std::string, Tensor>;

}  // namespace adora
