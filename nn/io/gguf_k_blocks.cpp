// The "K" types, of 256 numbers a block: parts of 16 or 32 numbers have small whole scales, which a scale in float16
// multiplies.
#include "gguf_block_bits.h"
#include "gguf_blocks.h"

namespace adora {
namespace {

constexpr int block = 256;

/// Two bits of byte i % 32 in each half of a block, whose numbers 0 … 31 take the lowest.
int two_bits(const std::byte* codes, int i) { return byte_at(codes + i / 128 * 32 + i % 32) >> (i % 128 / 32 * 2) & 3; }

/// Four bits: of each 64 numbers the first 32 are the lower bits of 32 bytes.
int four_bits(const std::byte* codes, int i) { return byte_at(codes + i / 64 * 32 + i % 32) >> (i % 64 / 32 * 4) & 15; }

/// The scale and the offset of one of eight parts, 6 bits each, in 12 bytes: of the first four in the lower bits of
/// bytes 0 … 3 and 4 … 7, of the others in halves of bytes 8 … 11 and the upper two bits of the former.
struct SixBits {
  float scale, offset;
  SixBits(const std::byte* at, int part) {
    if (part < 4) {
      scale = static_cast<float>(byte_at(at + part) & 63);
      offset = static_cast<float>(byte_at(at + part + 4) & 63);
    } else {
      const int low = byte_at(at + part + 4);
      scale = static_cast<float>((low & 15) | byte_at(at + part - 4) >> 6 << 4);
      offset = static_cast<float>(low >> 4 | byte_at(at + part) >> 6 << 4);
    }
  }
};

/// 16 scales and offsets of 4 bits, 256 codes of 2 bits, the scale of each.
void decode_q2_k(const std::byte* at, float* numbers) {
  const float scales = half_at(at + 80), offsets = half_at(at + 82);
  for (int i = 0; i < block; ++i) {
    const int part = byte_at(at + i / 16);
    const float scale = scales * static_cast<float>(part & 15), offset = offsets * static_cast<float>(part >> 4);
    numbers[i] = scale * static_cast<float>(two_bits(at + 16, i)) - offset;
  }
}

/// A third bit of each code, 256 codes of 2 bits, 16 scales of 6 bits, their scale. Codes without the third bit are
/// negative.
void decode_q3_k(const std::byte* at, float* numbers) {
  const float scales = half_at(at + 108);
  for (int part = 0; part < 16; ++part) {
    const std::byte* packed = at + 96;
    const int low = byte_at(packed + part % 8) >> (part / 8 * 4) & 15;
    const int high = byte_at(packed + 8 + part % 4) >> (part / 4 * 2) & 3;
    const float scale = scales * static_cast<float>((low | high << 4) - 32);
    for (int i = 16 * part; i < 16 * (part + 1); ++i) {
      const bool third = byte_at(at + i % 32) >> (i / 32) & 1;
      numbers[i] = scale * static_cast<float>(two_bits(at + 32, i) - (third ? 0 : 4));
    }
  }
}

/// The scales of scales and offsets, eight of these, 256 codes of 4 bits.
void decode_q4_k(const std::byte* at, float* numbers) {
  const float scales = half_at(at), offsets = half_at(at + 2);
  for (int part = 0; part < 8; ++part) {
    const SixBits six(at + 4, part);
    const float scale = scales * six.scale, offset = offsets * six.offset;
    for (int i = 32 * part; i < 32 * (part + 1); ++i)
      numbers[i] = scale * static_cast<float>(four_bits(at + 16, i)) - offset;
  }
}

/// The same with a fifth bit of each code before the others.
void decode_q5_k(const std::byte* at, float* numbers) {
  const float scales = half_at(at), offsets = half_at(at + 2);
  for (int part = 0; part < 8; ++part) {
    const SixBits six(at + 4, part);
    const float scale = scales * six.scale, offset = offsets * six.offset;
    for (int i = 32 * part; i < 32 * (part + 1); ++i) {
      const int fifth = byte_at(at + 16 + i % 32) >> part & 1;
      numbers[i] = scale * static_cast<float>(four_bits(at + 48, i) | fifth << 4) - offset;
    }
  }
}

/// 256 codes' lower 4 bits, their upper 2, 16 signed scales, their scale.
void decode_q6_k(const std::byte* at, float* numbers) {
  const float scales = half_at(at + 208);
  for (int i = 0; i < block; ++i) {
    const float scale = scales * static_cast<float>(signed_at(at + 192 + i / 16));
    // Of each 128 numbers the first 64 are the lower bits of 64 bytes.
    const int low = byte_at(at + i / 128 * 64 + i % 64) >> (i % 128 / 64 * 4) & 15;
    numbers[i] = scale * static_cast<float>((low | two_bits(at + 128, i) << 4) - 32);
  }
}

const RegisterGgufType registered[]{
    RegisterGgufType({.number = 10, .name = "Q2_K", .numbers = block, .bytes = 84, .decode = decode_q2_k}),
    RegisterGgufType({.number = 11, .name = "Q3_K", .numbers = block, .bytes = 110, .decode = decode_q3_k}),
    RegisterGgufType({.number = 12, .name = "Q4_K", .numbers = block, .bytes = 144, .decode = decode_q4_k}),
    RegisterGgufType({.number = 13, .name = "Q5_K", .numbers = block, .bytes = 176, .decode = decode_q5_k}),
    RegisterGgufType({.number = 14, .name = "Q6_K", .numbers = block, .bytes = 210, .decode = decode_q6_k}),
};

}  // namespace
}  // namespace adora
