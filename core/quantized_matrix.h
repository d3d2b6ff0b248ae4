#pragma once
#include <optional>
#include <string_view>

#include "tensor.h"

namespace adora {

/// The code of a quantized number. nf4, 4-bit NormalFloat: one of sixteen levels, near which a normal distribution's
/// numbers fall equally often (Dettmers et al., "QLoRA: efficient finetuning of quantized LLMs", 2023, section 3 and
/// appendix E). int8: one of 255 evenly spaced levels.
enum class QuantizedFormat : std::uint8_t { nf4, int8 };

/// "nf4" or "int8"
constexpr std::string_view name(QuantizedFormat format) { return format == QuantizedFormat::nf4 ? "nf4" : "int8"; }
/// The format of a name; nothing for any other.
std::optional<QuantizedFormat> quantized_format(std::string_view name);

/// A matrix [rows, columns] whose numbers are kept in 4 or 8 bits each: a small handle as a Tensor is. ops/quantize.h
/// makes one and makes numbers of it again:
///
///     value = scale of its block · level of its code        levels of int8: code / 127
///     scale of a block = scale of its group · (q / 255)²
///
/// A block is 64 numbers side by side in a row; every row begins with a new one, and its last may be short. A group is
/// 256 blocks that follow one another, row by row; its scale is the largest magnitude in it. In all 0.516 bytes a
/// number in NF4, and 1.016 in int8.
struct QuantizedMatrix {
  static constexpr std::int64_t block = 64, group = 256;

  QuantizedFormat format = QuantizedFormat::nf4;
  DType dtype = float32;  ///< of the numbers that it stands for
  std::int64_t columns = 0;
  Tensor codes = {};  ///< uint8 [rows, bytes]: nf4 two in a byte, the first in its lower half; int8 in two's complement
  Tensor scales = {};        ///< q, uint8 [rows, blocks of a row]
  Tensor group_scales = {};  ///< float32 [groups]

  bool defined() const { return codes.defined(); }
  std::int64_t rows() const { return codes.size(0); }
  Shape shape() const { return {rows(), columns}; }
  Device device() const { return codes.device(); }

  std::int64_t blocks_of_a_row() const { return (columns + block - 1) / block; }
  std::int64_t bytes_of_a_row() const { return format == QuantizedFormat::nf4 ? (columns + 1) / 2 : columns; }

  /// The same for numbers of another dtype: nothing is computed.
  QuantizedMatrix with_dtype(DType other) const;
};

/// Memory for a quantized matrix, which holds whatever it held.
QuantizedMatrix empty_quantized(const Shape& shape, QuantizedFormat format, DType dtype, Device device);

namespace detail {
std::string text_of_quantized_matrix(const void* matrix);
}
/// "nf4 [2, 3] on cpu", for messages.
inline Description describe(const QuantizedMatrix& matrix) { return {&matrix, detail::text_of_quantized_matrix}; }

}  // namespace adora
