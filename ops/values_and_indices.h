#pragma once
#include "../core/tensor.h"

namespace adora {

/// Numbers that were chosen along a dimension, and where they stood in it (int64).
struct ValuesAndIndices {
  Tensor values, indices;
};

}  // namespace adora
