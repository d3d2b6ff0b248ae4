// The types of 32 numbers a block, with one scale in float16 and, where their name ends in _1, an offset.
#include <algorithm>
#include <cmath>

#include "gguf_block_bits.h"
#include "gguf_blocks.h"

namespace adora {
namespace {

constexpr int half_block = 16;

/// Codes of 4 bits: those of the block's first half are the lower bits of 16 bytes. `fifth` are the bits above them.
template <class F> void each_code(const std::byte* codes, std::uint32_t fifth, F&& f) {
  for (int i = 0; i < half_block; ++i) {
    const int byte = byte_at(codes + i);
    f(i, (byte & 15) | static_cast<int>(fifth >> i & 1) << 4);
    f(i + half_block, byte >> 4 | static_cast<int>(fifth >> (i + half_block) & 1) << 4);
  }
}

std::uint32_t bits_at(const std::byte* at) {
  std::uint32_t bits;
  std::memcpy(&bits, at, 4);
  return bits;
}

void decode_q4_0(const std::byte* block, float* numbers) {
  const float scale = half_at(block);
  each_code(block + 2, 0, [&](int i, int code) { numbers[i] = scale * static_cast<float>(code - 8); });
}

void decode_q4_1(const std::byte* block, float* numbers) {
  const float scale = half_at(block), least = half_at(block + 2);
  each_code(block + 4, 0, [&](int i, int code) { numbers[i] = scale * static_cast<float>(code) + least; });
}

void decode_q5_0(const std::byte* block, float* numbers) {
  const float scale = half_at(block);
  each_code(block + 6, bits_at(block + 2),
            [&](int i, int code) { numbers[i] = scale * static_cast<float>(code - 16); });
}

void decode_q5_1(const std::byte* block, float* numbers) {
  const float scale = half_at(block), least = half_at(block + 2);
  each_code(block + 8, bits_at(block + 4),
            [&](int i, int code) { numbers[i] = scale * static_cast<float>(code) + least; });
}

void decode_q8_0(const std::byte* block, float* numbers) {
  const float scale = half_at(block);
  for (int i = 0; i < 32; ++i) numbers[i] = static_cast<float>(signed_at(block + 2 + i)) * scale;
}

/// The scale has the largest number be 127. Codes are rounded half away from zero, by the scale before it is rounded to
/// float16.
void encode_q8_0(const float* numbers, std::byte* block) {
  float largest = 0;
  for (int i = 0; i < 32; ++i) largest = std::max(largest, std::abs(numbers[i]));
  const float scale = largest / 127;
  // So small a scale is zero in float16.
  const float inverse = scale > 0x1p-126f ? 1 / scale : 0;
  const f16 half(scale);
  std::memcpy(block, &half.bits, 2);
  for (int i = 0; i < 32; ++i)
    block[2 + i] = static_cast<std::byte>(static_cast<std::int8_t>(std::round(numbers[i] * inverse)));
}

const RegisterGgufType registered[]{
    RegisterGgufType({.number = 2, .name = "Q4_0", .numbers = 32, .bytes = 18, .decode = decode_q4_0}),
    RegisterGgufType({.number = 3, .name = "Q4_1", .numbers = 32, .bytes = 20, .decode = decode_q4_1}),
    RegisterGgufType({.number = 6, .name = "Q5_0", .numbers = 32, .bytes = 22, .decode = decode_q5_0}),
    RegisterGgufType({.number = 7, .name = "Q5_1", .numbers = 32, .bytes = 24, .decode = decode_q5_1}),
    RegisterGgufType({.number = 8,
                      .name = "Q8_0",
                      .numbers = 32,
                      .bytes = 34,
                      .decode = decode_q8_0,
                      .encode = encode_q8_0,
                      .largest = 127 * 65504.0f}),
};

}  // namespace
}  // namespace adora
