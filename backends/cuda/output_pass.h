#pragma once
#include "../low_rank.h"

namespace adora::backends::cuda {

/// Computes those outputs of `output_side` (low_rank.h) that need one pass over g and y: scaled, sum, dot, size and
/// weight.
void output_pass(const OutputSide& o);

}  // namespace adora::backends::cuda
