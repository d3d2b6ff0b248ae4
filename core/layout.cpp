#include "layout.h"

namespace adora {
namespace {

void check_dim(const char* what, std::int64_t dim, const Shape& shape) {
  check(dim >= 0 && dim < shape.size(), "Layout::{}: there is no dimension {} in the shape {}", what, dim, shape);
}

}  // namespace

bool Layout::is_contiguous() const {
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return true;
  std::int64_t expected = 1;
  for (int i = shape.size() - 1; i >= 0; --i) {
    if (shape[i] != 1 && strides[i] != expected) return false;
    expected *= shape[i];
  }
  return true;
}

Layout Layout::transposed(int a, int b) const {
  check_dim("transposed", a, shape), check_dim("transposed", b, shape);
  Layout result = *this;
  std::swap(result.shape[a], result.shape[b]);
  std::swap(result.strides[a], result.strides[b]);
  return result;
}

Layout Layout::permuted(const Shape& order) const {
  Layout result{{}, {}, offset};
  for (std::int64_t dim : order) {
    check_dim("permuted", dim, shape);
    result.shape.push_back(shape[static_cast<int>(dim)]);
    result.strides.push_back(strides[static_cast<int>(dim)]);
  }
  return result;
}

Layout Layout::sliced(int dim, std::int64_t start, std::int64_t end, std::int64_t step) const {
  check_dim("sliced", dim, shape);
  const std::int64_t size = shape[dim];
  check(step > 0 && start >= 0 && start <= size && end >= 0 && end <= size,
        "Layout::sliced: {} … {} in steps of {} are no elements of dimension {} of the shape {}", start, end, step, dim,
        shape);
  step = std::min(step, std::max<std::int64_t>(size, 1));
  Layout result = *this;
  result.offset += start * strides[dim];
  result.shape[dim] = end > start ? (end - start - 1) / step + 1 : 0;
  result.strides[dim] *= step;
  return result;
}

Layout Layout::expanded(const Shape& to) const {
  Layout result{to, Shape::filled(to.size(), 0), offset};
  int added = to.size() - shape.size();
  bool fits = added >= 0;
  for (int i = 0; fits && i < shape.size(); ++i) {
    if (shape[i] == to[added + i]) result.strides[added + i] = strides[i];
    else fits = shape[i] == 1;
  }
  check(fits, "Layout::expanded: the shape {} cannot be stretched to {}", shape, to);
  return result;
}

Layout Layout::without_gaps() const {
  Layout result = contiguous(shape);
  Shape order;  // dimensions of more than one element, those that lie farthest apart first
  for (int d = 0; d < shape.size(); ++d) {
    if (shape[d] == 1) continue;
    if (strides[d] == 0) return result;
    int at = order.size();
    while (at > 0 && strides[static_cast<int>(order[at - 1])] < strides[d]) --at;
    order.insert(at, d);
  }
  if (shape.empty() || strides.back() != 1) return result;
  std::int64_t stride = 1;
  for (int i = order.size() - 1; i >= 0; --i) {
    const auto d = static_cast<int>(order[i]);
    result.strides[d] = stride;
    stride *= shape[d];
  }
  return result;
}

std::optional<Layout> Layout::reshaped(const Shape& to) const {
  const std::int64_t count = numel(shape);
  check(count == numel(to), "Layout::reshaped: the shape {} has not as many elements as {}", shape, to);
  if (count == 0) return Layout{to, contiguous_strides(to), offset};
  // Walk both shapes from the back, matching runs of dimensions with the same
  // number of elements; a run of the old shape must be dense to be split anew.
  Layout result{to, contiguous_strides(to), offset};
  int old = shape.size() - 1, now = to.size() - 1;
  while (now >= 0) {
    while (old >= 0 && shape[old] == 1) --old;
    if (old < 0) break;  // only ones are left on the new side; any stride serves
    std::int64_t run = shape[old], stride = strides[old], filled = 1;
    std::int64_t next_stride = stride * run;
    while (now >= 0 && filled < run) {
      result.strides[now] = stride * filled;
      filled *= to[now--];
      while (filled > run) {
        while (old > 0 && shape[old - 1] == 1) --old;
        if (old == 0 || strides[old - 1] != next_stride) return std::nullopt;
        --old;
        run *= shape[old];
        next_stride *= shape[old];
      }
    }
    if (filled != run) return std::nullopt;
    --old;
  }
  return result;
}

}  // namespace adora
