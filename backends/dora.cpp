#include "dora.h"

#include "gemm.h"
#include "low_rank.h"

namespace adora::backends {

void dora_norm_by_products(const Tensor& W, const Tensor& A, const Tensor& B, double scale, const Tensor& n,
                           const Tensor& VA) {
  const std::int64_t rows = W.size(0), rank = A.size(0), columns = narrow_columns(rank);
  auto fresh = [&](const Shape& shape) { return empty(shape, n.dtype(), W.device()); };
  Tensor squares = empty({rows}, float64, W.device()), WA = fresh({rows, columns});
  for_wide_rows(W, [&](const Tensor& block, std::int64_t first) {
    auto part = [&](const Tensor& t) { return t.with_layout(t.layout().sliced(0, first, first + block.size(0))); };
    narrow_product(block, A, {}, part(WA), part(squares));
  });
  Tensor G = fresh({rank, rank}), BG = fresh({rows, columns});
  gemm(A, A.with_layout(A.layout().transposed(0, 1)), G, 1, 0);
  gemm(B, G, BG.with_layout(BG.layout().sliced(1, 0, rank)), 1, 0);
  dora_norm_of_products(W, A, B, scale, squares, WA, BG, n, VA);
}

}  // namespace adora::backends
