#pragma once
#include "../core/tensor.h"

/// Tensors put together by rows, columns and planes. All are recorded, with gradients of gradients.
namespace adora {

/// Side by side: along the second dimension, numbers and vectors along the first.
Tensor hstack(const Tensors& parts);
/// One above the other: along the first dimension, numbers and vectors as rows.
Tensor vstack(const Tensors& parts);
/// One behind the other: along the third dimension, as atleast_3d makes it.
Tensor dstack(const Tensors& parts);

}  // namespace adora
