#pragma once
#include <bit>
#include <cstdint>

#include "host_device.h"

namespace adora {

/// The upper half of a float32: its range with 8 bits of precision. Only a
/// format for storage; arithmetic happens in float.
struct bf16 {
  std::uint16_t bits = 0;

  bf16() = default;
  /// Rounds to nearest, ties to even; NaN stays NaN.
  ADORA_HD explicit bf16(float value) {
#ifdef __CUDA_ARCH__
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(value));
#else
    std::uint32_t word = std::bit_cast<std::uint32_t>(value);
    bool nan = (word & 0x7fffffffu) > 0x7f800000u;
    std::uint32_t rounded = (word + 0x7fffu + ((word >> 16) & 1u)) >> 16;
    bits = static_cast<std::uint16_t>(nan ? ((word >> 16) | 0x40u) : rounded);
#endif
  }
  ADORA_HD operator float() const { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }
};

/// IEEE binary16: 11 bits of precision up to 65504. Only a format for storage.
struct f16 {
  std::uint16_t bits = 0;

  f16() = default;
  /// Rounds to nearest, ties to even; what is too large becomes infinite.
  ADORA_HD explicit f16(float value) {
#ifdef __CUDA_ARCH__
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(value));
#else
    std::uint32_t word = std::bit_cast<std::uint32_t>(value);
    std::uint32_t sign = (word >> 16) & 0x8000u;
    word &= 0x7fffffffu;
    std::uint32_t half;
    if (word >= 0x47800000u) {  // 65536 and above, infinity, NaN
      half = word > 0x7f800000u ? 0x7e00u : 0x7c00u;
    } else if (word < 0x38800000u) {  // below the smallest normal half, 2^-14
      // Adding 0.5 puts the value's last half-precision bit in the last place
      // of the float, so that the addition itself rounds to nearest even.
      half = std::bit_cast<std::uint32_t>(std::bit_cast<float>(word) + 0.5f) - 0x3f000000u;
    } else {
      half = (word - 0x38000000u + 0xfffu + ((word >> 13) & 1u)) >> 13;
    }
    bits = static_cast<std::uint16_t>(half | sign);
#endif
  }
  ADORA_HD operator float() const {
#ifdef __CUDA_ARCH__
    float value;
    asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(bits));
    return value;
#else
    std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16;
    std::uint32_t rest = bits & 0x7fffu;
    std::uint32_t word;
    if (rest >= 0x7c00u) {
      word = 0x7f800000u | ((rest & 0x3ffu) << 13);
    } else if (rest >= 0x400u) {
      word = (rest << 13) + 0x38000000u;
    } else {  // subnormal: rest * 2^-24, exact in float
      word = std::bit_cast<std::uint32_t>(static_cast<float>(rest) * 0x1p-24f);
    }
    return std::bit_cast<float>(word | sign);
#endif
  }
};

}  // namespace adora
