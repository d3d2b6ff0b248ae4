#pragma once
// Not in adora.h: the library's own.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "../../core/tensor.h"

namespace adora {

/// A type that a tensor of a GGUF file may have: how a block of so many numbers lies in so many bytes.
///
///     const RegisterGgufType q8_0{{.number = 8, .name = "Q8_0", .numbers = 32, .bytes = 34, .decode = decode_q8_0}};
struct GgufType {
  std::uint32_t number = 0;  ///< in the file
  std::string name = {};     ///< ggml's
  std::uint32_t numbers = 1;
  std::uint32_t bytes = 1;
  std::optional<DType> dtype = {};  ///< where its numbers lie as a tensor of that dtype has them
  /// Otherwise, where it is read here: the numbers of one block, which need not be aligned.
  void (*decode)(const std::byte* block, float* numbers) = nullptr;
  /// Where it is written here: a block of finite numbers.
  void (*encode)(const float* numbers, std::byte* block) = nullptr;
  float largest = 0;  ///< the largest number that `encode` takes

  bool is_read() const { return dtype.has_value() || decode != nullptr; }
};

struct RegisterGgufType {
  explicit RegisterGgufType(GgufType type);
};

/// By its number in the file, or by its name; none where there is no such type.
const GgufType* find_gguf_type(std::uint32_t number);
const GgufType* find_gguf_type(const std::string& name);
/// The names of all that are read: "F32, F16, Q4_0".
std::string gguf_types_read();

/// The numbers of `count` blocks, which lie one after the other, written to a contiguous floating tensor on the CPU
/// that has as many; each is computed in float32 and then rounded to the tensor's dtype. On all threads.
void decode_gguf_blocks(const GgufType& type, const std::byte* blocks, std::int64_t count, const Tensor& numbers);

/// The other way round: `count` blocks from contiguous float32 numbers. On all threads.
void encode_gguf_blocks(const GgufType& type, const float* numbers, std::int64_t count, std::byte* blocks);

}  // namespace adora
