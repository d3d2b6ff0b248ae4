#pragma once
// Not in adora.h: the library's own.
#include "../core/tensor.h"

namespace adora::detail {

/// As `full`, for an op whose name begins the error where the dtype has not the value.
Tensor filled(const char* op, const Shape& shape, double value, DType dtype, Device device);

/// A number [] of x's dtype on its device.
inline Tensor number_like(const char* op, double value, const Tensor& x) {
  return filled(op, {}, value, x.dtype(), x.device());
}

}  // namespace adora::detail
