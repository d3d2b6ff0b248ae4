#pragma once
#include <span>

#include "../core/layout.h"

namespace adora::backends {

/// Several tensors of one shape walked together, with neighboring dimensions
/// merged wherever all of them allow it, so that the innermost run is long.
struct StridedWalk {
  static constexpr int max_operands = 8;
  Shape shape;                  ///< merged sizes; at least one dimension
  Shape strides[max_operands];  ///< for each operand, in elements
  int operands = 0;
  std::int64_t numel = 0;

  explicit StridedWalk(std::span<const Layout* const> layouts) : operands(static_cast<int>(layouts.size())) {
    const Shape& full = layouts[0]->shape;
    numel = adora::numel(full);
    for (int d = 0; d < full.size(); ++d) {
      if (full[d] == 1) continue;
      bool merge = !shape.empty();
      for (int k = 0; merge && k < operands; ++k) {
        merge = strides[k].back() == layouts[static_cast<std::size_t>(k)]->strides[d] * full[d];
      }
      for (int k = 0; k < operands; ++k) {
        std::int64_t stride = layouts[static_cast<std::size_t>(k)]->strides[d];
        if (merge) strides[k][shape.size() - 1] = stride;
        else strides[k].push_back(stride);
      }
      if (merge) shape[shape.size() - 1] *= full[d];
      else shape.push_back(full[d]);
    }
    if (shape.empty()) {
      shape.push_back(1);
      for (int k = 0; k < operands; ++k) strides[k].push_back(0);
    }
  }

  /// Whether an operand's elements lie one after the other in walking order.
  bool linear(int operand) const { return shape.size() == 1 && (strides[operand][0] == 1 || numel <= 1); }

  /// The offset of an operand's element number `at`, counted in walking order.
  std::int64_t offset(int operand, std::int64_t at) const {
    std::int64_t offset = 0;
    for (int d = shape.size() - 1; d >= 0; --d) {
      offset += at % shape[d] * strides[operand][d];
      at /= shape[d];
    }
    return offset;
  }

  /// Calls f(count, offsets) for the innermost runs of the elements begin … end, with the offset at which each
  /// operand's run begins. `Operands` is their number, where it is known beforehand.
  template <int Operands = 0, class F> void runs_of_all(std::int64_t begin, std::int64_t end, F&& f) const {
    if (begin >= end) return;
    const int all = Operands ? Operands : operands, last = shape.size() - 1;
    std::int64_t index[Shape::max_size], offsets[max_operands];
    std::int64_t rest = begin;
    for (int d = last; d >= 0; --d) {
      index[d] = rest % shape[d];
      rest /= shape[d];
    }
    for (int k = 0; k < all; ++k) offsets[k] = offset(k, begin);
    auto carry = [&](int from) {
      for (int d = from; d > 0 && index[d] == shape[d]; --d) {
        for (int k = 0; k < all; ++k) offsets[k] += strides[k][d - 1] - shape[d] * strides[k][d];
        index[d] = 0;
        ++index[d - 1];
      }
    };
    while (begin < end) {
      if (last > 0 && index[last] == 0 &&
          end - begin >= shape[last]) {  // whole runs, which are most: one after the other
        std::int64_t runs = std::min(shape[last - 1] - index[last - 1], (end - begin) / shape[last]);
        for (std::int64_t i = 0; i < runs; ++i) {
          f(shape[last], static_cast<const std::int64_t*>(offsets));
          for (int k = 0; k < all; ++k) offsets[k] += strides[k][last - 1];
        }
        begin += runs * shape[last];
        index[last - 1] += runs;
        carry(last - 1);
        continue;
      }
      std::int64_t count = std::min(shape[last] - index[last], end - begin);
      f(count, static_cast<const std::int64_t*>(offsets));
      begin += count;
      index[last] += count;
      for (int k = 0; k < all; ++k) offsets[k] += count * strides[k][last];
      carry(last);
    }
  }

  /// Calls f(done, count, offset, stride) for the innermost runs of the elements
  /// begin … end of one operand: `count` elements from `offset` on, `done` counted from begin.
  template <class F> void runs(int operand, std::int64_t begin, std::int64_t end, F&& f) const {
    if (begin >= end) return;  // a size may be 0
    const Shape& stride = strides[operand];
    int last = shape.size() - 1;
    Shape index = shape;
    std::int64_t rest = begin, offset = 0;
    for (int d = last; d >= 0; --d) {
      index[d] = rest % shape[d];
      rest /= shape[d];
      offset += index[d] * stride[d];
    }
    for (std::int64_t done = 0; done < end - begin;) {
      std::int64_t count = std::min(shape[last] - index[last], end - begin - done);
      f(done, count, offset, stride[last]);
      done += count;
      index[last] += count;
      offset += count * stride[last];
      for (int d = last; d > 0 && index[d] == shape[d]; --d) {
        offset += stride[d - 1] - shape[d] * stride[d];
        index[d] = 0;
        ++index[d - 1];
      }
    }
  }
};

}  // namespace adora::backends
