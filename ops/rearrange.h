#pragma once
#include <optional>

#include "../core/tensor.h"

/// The elements of a tensor in another order, or several times over: copies, as in PyTorch. Negative dimensions count
/// from the back. All are recorded, with gradients of gradients.
namespace adora {

/// The elements of each of `dims` in reverse order.
Tensor flip(const Tensor& x, const Shape& dims);
/// The columns in reverse order: flip(x, {1}), of two dimensions or more.
Tensor fliplr(const Tensor& x);
/// The rows in reverse order: flip(x, {0}), of one dimension or more.
Tensor flipud(const Tensor& x);

/// Element i of a dimension moves to i + shift, and what leaves at one end comes in at the other. Each shift goes with
/// the dimension at its place in `dims`; one that is named twice moves by the sum.
Tensor roll(const Tensor& x, const Shape& shifts, const Shape& dims);
Tensor roll(const Tensor& x, std::int64_t shift, std::int64_t dim);
/// The same of all elements, row by row.
Tensor roll(const Tensor& x, std::int64_t shift);

/// Turns the plane of two dimensions by k quarters, from the first of `dims` towards the second.
Tensor rot90(const Tensor& x, std::int64_t k = 1, const Shape& dims = {0, 1});

/// repeats[i] copies of dimension i, one after the other. There may be more repeats than dimensions: the last ones
/// belong to the last dimensions, and the others stand for new ones of size 1.
Tensor repeat(const Tensor& x, const Shape& repeats);
/// As repeat, where repeats that are missing in front are 1.
Tensor tile(const Tensor& x, const Shape& repeats);

/// Every slice of a dimension `repeats` times in a row. Without a dimension: every element, row by row.
Tensor repeat_interleave(const Tensor& x, std::int64_t repeats, std::optional<std::int64_t> dim = {});
/// Slice i `repeats[i]` times: int64, one number for each slice, or one for all. What comes out depends on these
/// numbers, so they are read back from the device.
Tensor repeat_interleave(const Tensor& x, const Tensor& repeats, std::optional<std::int64_t> dim = {});

}  // namespace adora
