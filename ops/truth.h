#pragma once
#include "../core/tensor.h"

/// What holds for many numbers at once.
namespace adora {

/// Whether one element is not 0, over some dimensions or over all, as a boolean tensor; NaN is not 0. Of nothing:
/// false.
Tensor any(const Tensor& x, const Shape& dims = {}, bool keepdim = false);

namespace detail {
struct All {
  Tensor operator()(const Tensor& x, const Shape& dims = {}, bool keepdim = false) const;
};
}  // namespace detail
/// `all(x > 0)`, as any: whether no element is 0; of nothing: true. As an index (indexing.h) a whole dimension:
/// x.at(all, 2).
inline constexpr detail::All all;

/// Whether both have the same shape and the same numbers. An error where they are of two dtypes.
bool equal(const Tensor& a, const Tensor& b);

/// Whether all elements are close, as isclose says (compare.h).
bool allclose(const Tensor& a, const Tensor& b, double rtol = 1e-5, double atol = 1e-8, bool equal_nan = false);

}  // namespace adora
