#pragma once
#include "../core/tensor.h"

namespace adora {

/// The distance of every row of x1 to every row of x2 in the p-norm: x1 [..., P, M] and x2 [..., R, M] of one floating
/// dtype give [..., P, R]; the dimensions before broadcast. p is any number from 0, where it counts how many numbers
/// differ, up to infinity, where it is the largest difference. Distances come from the differences themselves, so small
/// ones are exact; no [P, R, M] is in memory but for p = 0, p = ∞ and gradients of gradients. The gradient is 0 where
/// the distance is. Recorded, with gradients of gradients.
Tensor cdist(const Tensor& x1, const Tensor& x2, double p = 2);

}  // namespace adora
