#pragma once
#include "../core/tensor.h"

/// Counting. Over some dimensions, or over all where none are named.
namespace adora {

/// How many elements are not 0 (int64).
Tensor count_nonzero(const Tensor& x, const Shape& dims = {});

/// How often each of 0, 1, … occurs in x, which has one dimension and no negative number: int64 [n], where n is one
/// more than the largest number, but at least `minlength`; that alone on the shape-only device. With weights [x's
/// length] it is the sum of those in place of a count, in their dtype (float32 of half types, float64 of whole
/// numbers); recorded for them, with gradients of gradients.
Tensor bincount(const Tensor& x, const Tensor& weights = {}, std::int64_t minlength = 0);

/// How many elements of a floating tensor lie in each of `bins` equal parts of min … max, of which the last has max,
/// too: [bins] in x's dtype (float32 of half types). Others, and NaN, are left out. Where min and max are equal the
/// smallest and the largest element take their place, and where these are equal, too, 1 less and 1 more.
Tensor histc(const Tensor& x, std::int64_t bins = 100, double min = 0, double max = 0);

struct UniqueValues {
  Tensor values;   ///< ascending
  Tensor inverse;  ///< x's shape: where in `values` each element is; undefined unless asked for
  Tensor counts;   ///< how often each value occurs; undefined unless asked for
};
/// The different elements of x. No NaN equals another. Not recorded: no gradient flows through the values.
UniqueValues unique(const Tensor& x, bool return_inverse = false, bool return_counts = false);

}  // namespace adora
