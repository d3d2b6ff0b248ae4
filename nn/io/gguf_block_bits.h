#pragma once
// Not in adora.h: the library's own.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "../../core/half.h"

// What the blocks of GGUF's types are made of. All are little-endian.
//
// Every number of a block is one product of a float16 scale and small whole numbers, which together have at most 24
// bits and so are exact in float32, or one such product and a second rounding by the offset: it makes no difference to
// a result whether a compiler turns a product and a sum into one operation.

namespace adora {

inline float half_at(const std::byte* at) {
  f16 half;
  std::memcpy(&half.bits, at, 2);
  return half;
}

inline int byte_at(const std::byte* at) { return std::to_integer<int>(*at); }
inline int signed_at(const std::byte* at) { return static_cast<std::int8_t>(std::to_integer<std::uint8_t>(*at)); }

}  // namespace adora
