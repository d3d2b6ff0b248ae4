#include "shape.h"

#include <ostream>

namespace adora {

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (int i = 0; i < shape.size(); ++i) text += fmt::format("{}{}", i ? ", " : "", shape[i]);
  return text + "]";
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << to_string(shape); }

std::int64_t numel(const Shape& shape, const char* op) {
  std::int64_t count = 1;
  bool overflow = false, zero = false, negative = false;
  for (std::int64_t size : shape) {
    negative |= size < 0;
    zero |= size == 0;
    overflow |= __builtin_mul_overflow(count, std::max<std::int64_t>(size, 1), &count);
  }
  check(!negative && !overflow, "{}{}a tensor of shape {} cannot be: {}", op ? op : "", op ? ": " : "", shape,
        negative ? "a size is negative" : "its sizes multiply to more than 2^63");
  return zero ? 0 : count;
}

Shape contiguous_strides(const Shape& shape) {
  Shape strides = shape;
  std::int64_t stride = 1;
  bool overflow = false;
  for (int i = shape.size() - 1; i >= 0; --i) {
    strides[i] = stride;
    overflow |= __builtin_mul_overflow(stride, std::max<std::int64_t>(shape[i], 1), &stride);
  }
  if (overflow) numel(shape);  // which says so
  return strides;
}

Shape broadcast(const char* op, const Shape& a, const Shape& b) {
  const Shape& longer = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  Shape result = longer;
  int offset = longer.size() - shorter.size();
  for (int i = 0; i < shorter.size(); ++i) {
    std::int64_t& size = result[offset + i];
    if (size == shorter[i] || shorter[i] == 1) continue;
    check(size == 1, "{}: shapes {} and {} do not broadcast: dimension {} has sizes {} and {}", op, a, b, offset + i,
          a.size() >= b.size() ? size : shorter[i], a.size() >= b.size() ? shorter[i] : size);
    size = shorter[i];
  }
  return result;
}

int wrap_dim(const char* op, std::int64_t dim, int ndim) {
  check(dim >= -ndim && dim < ndim, "{}: there is no dimension {} in a tensor of {} dimensions", op, dim, ndim);
  return static_cast<int>(dim < 0 ? dim + ndim : dim);
}

}  // namespace adora
