#pragma once
#include <vector>

#include "../core/tensor.h"

namespace adora {

/// What stands beyond the edge: a number; the elements inside, mirrored at the edge's own, which is not repeated; the
/// edge's own; or those of the other end.
enum class PadMode { constant, reflect, replicate, circular };

/// x with more elements around it. `pads` says how many, as PyTorch orders them: before and after the last dimension,
/// before and after the one before it, and so on for as many dimensions as are given. A negative number takes elements
/// away: in circular mode first, otherwise last, so that mirrored ones may be of those taken away. `reflect` mirrors
/// fewer elements than the dimension has, `circular` goes around at most once. `value` is for constant mode alone.
/// Recorded, with gradients of gradients.
Tensor pad(const Tensor& x, const std::vector<std::int64_t>& pads, PadMode mode = PadMode::constant, double value = 0);

}  // namespace adora
