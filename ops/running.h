#pragma once
// Not in adora.h: the library's own.
#include "../core/tensor.h"

/// Results of all elements before one along dimension d, from the first on or, with `reverse`, from the last. Recorded,
/// with gradients of gradients.
namespace adora::detail {

/// The sum, or the product, of the elements up to each, itself included; of a floating dtype or int64.
Tensor running_sum(const Tensor& x, int d, bool reverse);
Tensor running_product(const Tensor& x, int d, bool reverse);
/// h = a·(h before) + b, and b at first.
Tensor linear_recurrence(const Tensor& a, const Tensor& b, int d, bool reverse);

/// Each element in the place of the next one; `edge` in the first place, while the last element is left out.
Tensor shifted(const Tensor& x, int d, double edge, bool reverse);
/// The product of the elements before each, 1 for the first.
Tensor product_before(const Tensor& x, int d, bool reverse);

}  // namespace adora::detail
