#include "low_rank.h"

#include <algorithm>

#include "basic.h"
#include "quantised.h"

namespace adora::backends {

void for_wide_rows(const FrozenMatrix& matrix, const std::function<void(const Tensor&, std::int64_t)>& f) {
  constexpr std::int64_t height = 512;
  const DType large = large_dtype(matrix.dtype(), matrix.device());
  const Tensor& plain = matrix.plain();
  if (plain.defined() && plain.dtype() == large && plain.is_contiguous()) return f(plain, 0);
  const std::int64_t rows = matrix.size(0), columns = matrix.size(1);
  for (std::int64_t first = 0; first < rows; first += height) {
    const std::int64_t end = std::min(first + height, rows);
    Tensor wide = empty({end - first, columns}, large, matrix.device());
    if (plain.defined()) copy(plain.with_layout(plain.layout().sliced(0, first, end)), wide);
    else dequantise(matrix.quantised(), first, 0, wide);
    f(wide, first);
  }
}

}  // namespace adora::backends
