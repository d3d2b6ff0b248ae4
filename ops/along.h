#pragma once
// Not in adora.h: the library's own.
#include "values_and_indices.h"
#include "view.h"

namespace adora::detail {

inline Tensor as_number(const Tensor& row) { return reshape(row, {}); }
inline ValuesAndIndices as_number(const ValuesAndIndices& row) {
  return {as_number(row.values), as_number(row.indices)};
}

/// f(x, d) with the number d of a dimension that is counted from either end. A tensor of no dimensions is a row of one
/// element meanwhile, as in PyTorch.
template <class F> auto along(const char* op, const Tensor& x, std::int64_t dim, F&& f) {
  check_inputs(op, {&x});
  if (x.ndim() > 0) return f(x, wrap_dim(op, dim, x.ndim()));
  return as_number(f(reshape(x, {1}), wrap_dim(op, dim, 1)));
}

}  // namespace adora::detail
