#include <vector>

#include "../basic.h"
#include "../gemm.h"
#include "../quantized.h"
#include "parallel.h"
#include "scratch.h"

namespace adora::backends::cpu {
namespace {

constexpr std::int64_t most_rows = 512, least_rows = 128, tile_columns = 512;

/// A thread takes some rows of W, tile by tile: it makes numbers of a tile, multiplies with them while they are in its
/// cache, and waits for nobody.
void quantized_product_cpu(const Tensor& x, const QuantizedMatrix& W, const Tensor& out) {
  if (out.numel() == 0) return;
  const std::int64_t threads = threads_for(W.rows());
  const std::int64_t height = std::min(most_rows, (W.rows() / threads + 63) / 64 * 64);
  // Few rows a thread would pack x too often; then the product itself is what is shared out.
  if (threads > 1 && height < least_rows) return quantized_product_by_blocks(x, W, out);
  if (W.columns == 0) return fill(out, 0);
  std::vector<Tensor> numbers;
  for (std::int64_t t = 0; t < threads; ++t)
    numbers.push_back(scratch_tensor({height * std::min(W.columns, tile_columns)}, x.dtype()));
  parallel_tasks((W.rows() + height - 1) / height, threads, [&](std::int64_t task, std::int64_t thread) {
    const std::int64_t row = task * height, row_end = std::min(row + height, W.rows());
    const Tensor columns_of_out = out.with_layout(out.layout().sliced(1, row, row_end));
    for (std::int64_t column = 0; column < W.columns; column += tile_columns) {
      const std::int64_t end = std::min(column + tile_columns, W.columns);
      const Tensor tile =
          numbers[static_cast<std::size_t>(thread)].with_layout(Layout::contiguous({row_end - row, end - column}));
      dequantize(W, row, column, tile);
      gemm(x.with_layout(x.layout().sliced(1, column, end)), tile.with_layout(tile.layout().transposed(0, 1)),
           columns_of_out, 1, column > 0);
    }
  });
}

[[maybe_unused]] const bool registered = quantized_product.on(DeviceType::cpu, quantized_product_cpu);

}  // namespace
}  // namespace adora::backends::cpu
