#pragma once
// Not in adora.h: the library's own.
#include "../core/tensor.h"

/// What indexing.h does with indices that are tensors.
namespace adora::detail {

/// x at the places that int64 tensors and boolean masks name, an undefined one standing for a whole dimension; by the
/// rules of `index`. x itself where all are undefined. `op` begins errors.
Tensor index_by_tensors(const char* op, const Tensor& x, const Tensors& indices);

/// x with `values` there; see index_put.
Tensor index_put_by_tensors(const char* op, const Tensor& x, const Tensors& indices, const Tensor& values,
                            bool accumulate);

}  // namespace adora::detail
