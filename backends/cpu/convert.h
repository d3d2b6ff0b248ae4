#pragma once
#include <cstdint>

#include "../../core/dtype.h"

namespace adora::backends::cpu {

// Every pair of dtypes is converted by way of the type arithmetic is done in, so that
// loops exist for each dtype and not for each pair of them. `C` is float, double or int64.

/// buffer[i] = from[i·stride], `stride` in elements.
template <class C> void load(const void* from, DType dtype, std::int64_t stride, C* buffer, std::int64_t count);

/// to[i·stride] = buffer[i], `stride` in elements.
template <class C> void store(const C* buffer, void* to, DType dtype, std::int64_t stride, std::int64_t count);

/// The address of element `offset` of numbers of `dtype`.
inline const void* element(const void* data, DType dtype, std::int64_t offset) {
  return static_cast<const char*>(data) + offset * static_cast<std::int64_t>(size_of(dtype));
}
inline void* element(void* data, DType dtype, std::int64_t offset) {
  return static_cast<char*>(data) + offset * static_cast<std::int64_t>(size_of(dtype));
}

}  // namespace adora::backends::cpu
