#pragma once
// Not in adora.h: the library's own.
#include "../core/tensor.h"

namespace adora::detail {

/// Where along dimension d the elements stand that come in places first … first + count - 1 when it is sorted (int64),
/// in that dimension's place. Not recorded.
Tensor ordered_places(const Tensor& x, int d, std::int64_t first, std::int64_t count, bool descending);

}  // namespace adora::detail
