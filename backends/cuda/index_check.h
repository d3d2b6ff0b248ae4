#pragma once
#include <optional>

#include "../../core/tensor.h"

/// Checks of the indices of kernels that read at places given by a tensor. Defined in index.cu.
namespace adora::backends::cuda {

/// The entries of an index that are out of range.
struct BadIndex {
  std::int64_t position;  ///< the first bad entry, counted row by row
  std::int64_t low;       ///< the smallest bad index, or 0 where that is larger
  std::int64_t high;      ///< the largest, or 0 where that is smaller
};

/// Whether entries of `index` (int64, any strides) lie outside 0 … size - 1, before any number moves. Waits for the
/// device, since the host must know to throw.
std::optional<BadIndex> find_bad_index(const Tensor& index, std::int64_t size);

/// While a graph is recorded nobody can wait: `index` with valid entries in place of those out of range, which the
/// device notes when it meets them (recording.h). size > 0.
Tensor with_valid_entries(const char* op, const Tensor& index, std::int64_t size);

/// out[i, …] = x[index[i], …] for an index [n] that has been checked; any strides.
void select_rows(const Tensor& x, const Tensor& index, const Tensor& out);

}  // namespace adora::backends::cuda
