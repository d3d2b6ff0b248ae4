#pragma once
#include "../../core/tensor.h"

namespace adora::backends::cpu {

/// Memory for numbers in between: the CPU's, whatever device tensors are made on by default.
inline Tensor scratch_tensor(const Shape& shape, DType dtype) { return empty(shape, dtype, Device{DeviceType::cpu}); }

}  // namespace adora::backends::cpu
