#pragma once
#include "../core/tensor.h"

/// PyTorch's advanced indexing, x[i, j, mask, :], with a tensor for each dimension from the first on. An undefined one
/// takes all of its dimension, as do the dimensions for which there is none; an int64 one names places, where negative
/// ones count from the back; a boolean one, which has the sizes of one dimension or of several in a row, stands for the
/// places where it is true (`nonzero`), one int64 vector for each of its dimensions, which is read back from the
/// device. The int64 tensors broadcast to one shape. In the result this takes the place of the dimensions they index,
/// or comes first where other dimensions lie between these. A place that there is not is an error. Recorded, with
/// gradients of gradients.
namespace adora {

/// The elements at these places, a copy. x itself where every index is undefined.
Tensor index(const Tensor& x, const Tensors& indices);

/// x with `values`, which broadcast to the shape that `index` gives, written to these places, of several at one place
/// the last; or with `accumulate` added to what is there.
Tensor index_put(const Tensor& x, const Tensors& indices, const Tensor& values, bool accumulate = false);

}  // namespace adora
