#pragma once
#include "../core/tensor.h"

namespace adora {

/// How many numbers of an ascending sequence are below each value, or with `right` not above it (int64): where it would
/// be put in. The sequence is one row [n] for values of any shape, or a row for each row of values: the sizes but the
/// last are the same then. One dtype. NaN is larger than any number, as `sort` has it; that a sequence ascends is not
/// checked.
Tensor searchsorted(const Tensor& sorted_sequence, const Tensor& values, bool right = false);

/// The bin of each number between ascending boundaries [n]: searchsorted with x for the values.
Tensor bucketize(const Tensor& x, const Tensor& boundaries, bool right = false);

}  // namespace adora
