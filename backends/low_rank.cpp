#include "low_rank.h"

#include <algorithm>

#include "basic.h"

namespace adora::backends {

void for_wide_rows(const Tensor& matrix, const std::function<void(const Tensor&, std::int64_t)>& f) {
  constexpr std::int64_t height = 512;
  DType large = large_dtype(matrix.dtype(), matrix.device());
  if (matrix.dtype() == large && matrix.is_contiguous()) return f(matrix, 0);
  for (std::int64_t first = 0; first < matrix.size(0); first += height) {
    Tensor block = matrix.with_layout(matrix.layout().sliced(0, first, std::min(first + height, matrix.size(0))));
    Tensor wide = empty(block.shape(), large, matrix.device());
    copy(block, wide);
    f(wide, first);
  }
}

}  // namespace adora::backends
