#pragma once
#include "../core/host_device.h"
#include "../core/quantized_matrix.h"
#include "kernel.h"

namespace adora::backends {

/// The sixteen levels of NF4 (QLoRA, appendix E), in the order of their codes.
inline constexpr float nf4_levels[16] = {
    -1.0F,      -0.6961928F, -0.52507305F, -0.3949175F, -0.28444138F, -0.18477343F, -0.091050036F, 0.0F,
    0.0795803F, 0.1609302F,  0.2461123F,   0.33791524F, 0.44070983F,  0.562617F,    0.72295684F,   1.0F};

/// The scale of a block with the code q, group_scale·(q / 255)², rounded alike on all devices.
ADORA_HD inline float quantized_scale(float group_scale, int q) {
  const float share = static_cast<float>(q) / 255.0F;
  return group_scale * (share * share);
}

/// A quantized matrix as kernels read it.
struct QuantizedNumbers {
  const std::uint8_t *codes = nullptr, *scales = nullptr;
  const float* group_scales = nullptr;
  std::int64_t columns = 0, bytes = 0, blocks = 0;  ///< of a row
  QuantizedFormat format = QuantizedFormat::nf4;
  float levels[16] = {};

  QuantizedNumbers() = default;
  explicit QuantizedNumbers(const QuantizedMatrix& matrix);

  ADORA_HD float scale(std::int64_t row, std::int64_t block) const {
    const std::int64_t i = row * blocks + block;
    return quantized_scale(group_scales[i / QuantizedMatrix::group], scales[i]);
  }
  /// The number of a row's code, for the scale of its block; NF4's levels may lie where they are read faster.
  template <class C> ADORA_HD C value(std::int64_t row, std::int64_t column, float scale, const float* nf4) const {
    const std::uint8_t* code = codes + row * bytes;
    if (format == QuantizedFormat::int8) return C(scale) * (C(static_cast<std::int8_t>(code[column])) / C(127));
    return C(scale) * C(nf4[column % 2 ? code[column / 2] >> 4 : code[column / 2] & 15]);
  }
  template <class C> ADORA_HD C value(std::int64_t row, std::int64_t column, float scale) const {
    return value<C>(row, column, scale, levels);
  }
  template <class C> ADORA_HD C at(std::int64_t row, std::int64_t column) const {
    return value<C>(row, column, scale(row, column / QuantizedMatrix::block));
  }
};

/// Writes what stands for the numbers of `from` [rows, columns], of any floating dtype and strides, into `to`: see
/// ops/quantize.h. An error where a number is not finite in float32.
inline constinit Kernel<const Tensor& /*from*/, const QuantizedMatrix& /*to*/> quantize{"quantize"};

/// The numbers of the rows from `row` and the columns from `column` on, a multiple of 64: to [n, m], contiguous and of
/// a large_dtype (low_rank.h).
inline constinit Kernel<const QuantizedMatrix& /*from*/, std::int64_t /*row*/, std::int64_t /*column*/,
                        const Tensor& /*to*/>
    dequantize{"dequantize"};

/// out [T, rows] = x·Wᵀ: x [T, columns] contiguous, both of a large_dtype. Nothing of W's size is made.
inline constinit Kernel<const Tensor& /*x*/, const QuantizedMatrix& /*W*/, const Tensor& /*out*/> quantized_product{
    "quantized_product"};

/// The same on any device: one block of W's rows after the other.
void quantized_product_by_blocks(const Tensor& x, const QuantizedMatrix& W, const Tensor& out);

}  // namespace adora::backends
