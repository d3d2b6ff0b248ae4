#include "low_rank.h"

#include <algorithm>

#include "basic.h"
#include "quantized.h"

namespace adora::backends {

void for_wide_rows(const FrozenMatrix& matrix, const std::function<void(const Tensor&, std::int64_t)>& f) {
  const DType large = large_dtype(matrix.dtype(), matrix.device());
  const Tensor& plain = matrix.plain();
  if (plain.defined() && plain.dtype() == large && plain.is_contiguous()) return f(plain, 0);
  const std::int64_t rows = matrix.size(0), columns = matrix.size(1);
  // A GPU needs larger products to be busy; half of the rows are the most all the same.
  const std::int64_t on_gpu = std::min((std::int64_t{1} << 24) / std::max<std::int64_t>(columns, 1), (rows + 1) / 2);
  const std::int64_t height = matrix.device().type == DeviceType::cuda ? std::max<std::int64_t>(512, on_gpu) : 512;
  for (std::int64_t first = 0; first < rows; first += height) {
    const std::int64_t end = std::min(first + height, rows);
    Tensor wide = empty({end - first, columns}, large, matrix.device());
    if (plain.defined()) copy(plain.with_layout(plain.layout().sliced(0, first, end)), wide);
    else dequantize(matrix.quantized(), first, 0, wide);
    f(wide, first);
  }
}

}  // namespace adora::backends
