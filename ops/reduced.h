#pragma once
// Not in adora.h: the library's own.
#include "../core/tensor.h"

namespace adora::detail {

/// The shapes of a reduction's result with the reduced dimensions kept, and as asked for. No `dims` are all of them.
struct Reduced {
  Shape kept, result;
  std::int64_t count = 1;  ///< elements that go into one

  Reduced(const char* op, const Tensor& x, const Shape& dims, bool keepdim);
};

/// An error where a reduction would have to choose from nothing.
void check_choice(const char* op, const Tensor& x, const Reduced& to);

/// Other views of contiguous numbers, and of any with dimension d last; without history.
Tensor shaped(const Tensor& y, const Shape& shape);
Tensor with_last(const Tensor& x, int d);

/// The gradient of a choice of one of several equal elements, which share it evenly: from that of y = reduction(x),
/// both in the shape `kept` or one like it. Where an element is NaN, so is y, and it is that element's. Recorded.
Tensor shared_among_equal(const Tensor& g, const Tensor& x, const Tensor& y, const Shape& kept);

}  // namespace adora::detail
