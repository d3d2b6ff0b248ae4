#pragma once
// Not in adora.h: the library's own.
#include "../autograd/saved.h"
#include "../core/frozen_matrix.h"

namespace adora::detail {

/// A frozen weight is saved as its tensors, under the names "weight", "codes", "scales" and "tops", of which some are
/// undefined; this is what a quantized one is beside them.
inline QuantizedMatrix format_of(const FrozenMatrix& matrix) {
  QuantizedMatrix format = matrix.quantized();
  format.codes = format.scales = format.tops = Tensor();
  return format;
}

inline FrozenMatrix matrix_from(const SavedTensors& saved, QuantizedMatrix format) {
  if (Tensor plain = saved["weight"]; plain.defined()) return plain;
  format.codes = saved["codes"], format.scales = saved["scales"], format.tops = saved["tops"];
  return format;
}

}  // namespace adora::detail
