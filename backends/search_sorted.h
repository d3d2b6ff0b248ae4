#pragma once
#include "kernel.h"

namespace adora::backends {

/// out[r, j] (int64) = how many numbers of the ascending row r of `sequence` are below values[r, j], or, with `right`,
/// not above it. sequence [rows, n], or [1, n] for all rows; values and out [rows, m]; all contiguous, the first two of
/// one dtype. NaN counts as larger than any number.
inline constinit Kernel<const Tensor& /*sequence*/, const Tensor& /*values*/, const Tensor& /*out*/, bool /*right*/>
    search_sorted{"search_sorted"};

}  // namespace adora::backends
