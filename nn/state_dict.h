#pragma once
#include <map>
#include <string>

#include "../core/tensor.h"

namespace adora {

/// Tensors by name, as checkpoints and model files hold them.
using StateDict = std::map<std::string, Tensor>;

/// Whether two tensors on the CPU have one shape and dtype and are bit for bit the same, so that NaN equals itself.
bool same_bits(const Tensor& a, const Tensor& b);

}  // namespace adora
