#include "quantized.h"

#include <algorithm>

#include "gemm.h"
#include "low_rank.h"

namespace adora::backends {

QuantizedNumbers::QuantizedNumbers(const QuantizedMatrix& matrix)
    : codes(static_cast<const std::uint8_t*>(matrix.codes.raw())),
      scales(static_cast<const std::uint8_t*>(matrix.scales.raw())),
      group_scales(static_cast<const float*>(matrix.group_scales.raw())),
      columns(matrix.columns),
      bytes(matrix.bytes_of_a_row()),
      blocks(matrix.blocks_of_a_row()),
      format(matrix.format) {
  std::copy(std::begin(nf4_levels), std::end(nf4_levels), levels);
}

void quantized_product_by_blocks(const Tensor& x, const QuantizedMatrix& W, const Tensor& out) {
  for_wide_rows(W.with_dtype(x.dtype()), [&](const Tensor& block, std::int64_t first) {
    gemm(x, block.with_layout(block.layout().transposed(0, 1)),
         out.with_layout(out.layout().sliced(1, first, first + block.size(0))), 1, 0);
  });
}

}  // namespace adora::backends
