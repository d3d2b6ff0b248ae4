#pragma once
// Not in adora.h: the library's own.
#include "../autograd/saved.h"
#include "../core/frozen_matrix.h"

namespace adora::detail {

/// The quantized matrix without its tensors: its format, dtype and number of columns. A frozen weight is saved for the
/// backward pass as its tensors, under the names "weight", "codes", "scales" and "group_scales"; those that it does not
/// have are undefined.
inline QuantizedMatrix format_of(const FrozenMatrix& matrix) {
  QuantizedMatrix format = matrix.quantized();
  format.codes = format.scales = format.group_scales = Tensor();
  return format;
}

/// The frozen weight that was saved, with the result of `format_of`.
inline FrozenMatrix matrix_from(const SavedTensors& saved, QuantizedMatrix format) {
  if (Tensor plain = saved["weight"]; plain.defined()) return plain;
  format.codes = saved["codes"], format.scales = saved["scales"], format.group_scales = saved["group_scales"];
  return format;
}

}  // namespace adora::detail
