#include "search.h"

#include "../backends/basic.h"
#include "../backends/search_sorted.h"
#include "op.h"
#include "reduced.h"

namespace adora {
namespace {

Tensor searched(const char* op, const Tensor& sequence, const Tensor& values, bool right) {
  check_inputs(op, {&sequence, &values});
  check(sequence.ndim() >= 1, "{}: the sequence {} must have a dimension", op, describe(sequence));
  check(sequence.dtype() == values.dtype(), "{}: {} and {} must have one dtype; convert one with to(x, dtype)", op,
        describe(sequence), describe(values));
  bool fits = sequence.ndim() == 1 || sequence.ndim() == values.ndim();
  for (int d = 0; fits && d + 1 < sequence.ndim(); ++d) fits = sequence.shape()[d] == values.shape()[d];
  check(fits, "{}: the sequence {} must have one dimension, or the sizes of the values {} in all but the last", op,
        describe(sequence), describe(values));
  const Tensor y = empty(values.shape(), int64, values.device());
  if (y.numel() == 0) return y;
  const std::int64_t n = sequence.size(-1);
  const Shape rows =
      sequence.ndim() == 1 ? Shape{1, values.numel()} : Shape{values.numel() / values.size(-1), values.size(-1)};
  backends::search_sorted(detail::shaped(backends::contiguous(sequence), {rows[0], n}),
                          detail::shaped(backends::contiguous(values), rows), detail::shaped(y, rows), right);
  return y;
}

}  // namespace

Tensor searchsorted(const Tensor& sorted_sequence, const Tensor& values, bool right) {
  return searched("searchsorted", sorted_sequence, values, right);
}
const Op searchsorted_op{"searchsorted", {.recorded = false}};

Tensor bucketize(const Tensor& x, const Tensor& boundaries, bool right) {
  check_inputs("bucketize", {&x, &boundaries});
  check(boundaries.ndim() == 1, "bucketize: the boundaries {} must have one dimension", describe(boundaries));
  return searched("bucketize", boundaries, x, right);
}
const Op bucketize_op{"bucketize", {.recorded = false}};

}  // namespace adora
