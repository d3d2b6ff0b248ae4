#pragma once
#include <optional>

#include "../core/tensor.h"

/// Reading at places that an int64 tensor names. Recorded, with gradients of gradients; what is taken several times
/// gets the sum of the gradients.
namespace adora {

/// The elements of x, counted row by row, that an index of any shape names; negative ones count from the back.
Tensor take(const Tensor& x, const Tensor& index);

/// As gather, where x and the index broadcast in all dimensions but `dim`: what argmax or sort along that dimension
/// found. Without a dimension: of x row by row, at an index of one dimension.
Tensor take_along_dim(const Tensor& x, const Tensor& index, std::optional<std::int64_t> dim = {});

/// int64 [..., classes]: 1 at the class that an int64 tensor [...] names, else 0. Without `classes`, one more than the
/// largest index, which is then read back from the device. An index that is no class is an error.
Tensor one_hot(const Tensor& index, std::int64_t classes = -1);

}  // namespace adora
