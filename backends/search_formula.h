#pragma once
#include <cstdint>

#include "../core/dtype.h"

namespace adora::backends {

/// How many of the n ascending numbers of `row` are below `value`, or not above it with `right`; NaN is the largest.
template <class T> ADORA_HD std::int64_t search_row(const T* row, std::int64_t n, T value, bool right) {
  const Compute<T> x = static_cast<Compute<T>>(value);
  std::int64_t begin = 0, end = n;
  while (begin < end) {
    const std::int64_t middle = begin + (end - begin) / 2;
    const Compute<T> at = static_cast<Compute<T>>(row[middle]);
    const bool nan = at != at;  // larger than any number
    const bool stop = right ? at > x || (nan && x == x) : at >= x || nan;
    if (stop) end = middle;
    else begin = middle + 1;
  }
  return begin;
}

}  // namespace adora::backends
