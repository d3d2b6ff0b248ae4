#pragma once
#include <optional>

#include "shape.h"

namespace adora {

/// The layout of a tensor's elements in its storage: element [i, j, …] is at
/// offset + i·strides[0] + j·strides[1] + …, counted in elements. A view is
/// another layout over the same storage.
struct Layout {
  Shape shape;
  Shape strides;
  std::int64_t offset = 0;

  static Layout contiguous(const Shape& shape) { return {shape, contiguous_strides(shape), 0}; }
  bool is_contiguous() const;

  // Each of these is an error where a dimension, place or shape is none of this layout's.

  /// Dimensions `a` and `b` exchanged.
  Layout transposed(int a, int b) const;
  /// Dimension i of the result is dimension order[i] of this.
  Layout permuted(const Shape& order) const;
  /// Elements start, start + step, … below `end` of dimension `dim`; step > 0, and start and end within it. A step
  /// beyond the dimension's size is as good as the size.
  Layout sliced(int dim, std::int64_t start, std::int64_t end, std::int64_t step = 1) const;
  /// Broadcast to `shape`, with stride 0 where a size was 1.
  Layout expanded(const Shape& shape) const;
  /// The same shape without gaps, its dimensions in memory in the order in which they are here; row by row where there
  /// is no such order, or a row's neighbors are not beside one another.
  Layout without_gaps() const;
  /// The same elements in another shape, or nothing where that needs a copy.
  std::optional<Layout> reshaped(const Shape& shape) const;
};

}  // namespace adora
