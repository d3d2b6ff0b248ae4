#include "linalg_parts.h"

#include "../backends/basic.h"
#include "arithmetic.h"
#include "creation.h"
#include "triangle.h"
#include "view.h"

namespace adora::detail {

void check_matrix(const char* op, const Tensor& x, bool square) {
  check_inputs(op, {&x});
  check(x.dtype() == float32 || x.dtype() == float64,
        "{}: works on float32 and float64, not on {}; convert with to(x, {})", op, describe(x), "float32");
  check(x.ndim() >= 2 && (!square || x.size(-1) == x.size(-2)), "{}: works on {}matrices, not on {}", op,
        square ? "square " : "", describe(x));
  check(x.device().type != DeviceType::cuda,
        "{}: there is no kernel for {}; move the tensors to the CPU with to(x, cpu)", op, x.device());
}

Shape batch_of(const Tensor& x) {
  Shape batch = x.shape();
  batch.erase(batch.size() - 1), batch.erase(batch.size() - 1);
  return batch;
}

Shape with_sizes(Shape batch, std::int64_t rows, std::int64_t columns) {
  batch.push_back(rows), batch.push_back(columns);
  return batch;
}

Shape with_size(Shape batch, std::int64_t size) {
  batch.push_back(size);
  return batch;
}

Tensor matrices_of(const Tensor& x) {
  Tensor copy = empty_like(x, x.shape());
  backends::copy(x.detach(), copy);
  return copy.with_layout(Layout::contiguous({numel(batch_of(x)), x.size(-2), x.size(-1)}));
}

Tensor identity_like(const Tensor& x, std::int64_t n) { return tril(triu(ones({n, n}, x.dtype(), x.device()))); }

Tensor scaled_columns(const Tensor& m, const Tensor& x) { return m * unsqueeze(x, -2); }
Tensor scaled_rows(const Tensor& x, const Tensor& m) { return unsqueeze(x, -1) * m; }

}  // namespace adora::detail
