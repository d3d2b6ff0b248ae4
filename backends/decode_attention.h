#pragma once
#include "attention.h"

namespace adora::backends {

/// Attention of one new token in each of n rows over the rows' cached keys and values.
/// q [n, H, d], k and v [n, H', d] are the new token's, not yet rotated; rotations [C, r] holds for each position the
/// r/2 cosines and then the r/2 sines by which pairs (i, i + r/2) of the first r ≤ d numbers are turned. Row i's k and
/// v are put at positions[i] of row rows[i] of keys and values [R, H', C, d], and q looks at positions 0 … positions[i]
/// there, of which the rule's window hides the earlier ones (`causal` says nothing here). out [n, H, d]. One
/// floating dtype (rotations: the type arithmetic is done in), all contiguous; rows and positions int64 [n].
inline constinit Kernel<const Tensor& /*q*/, const Tensor& /*k*/, const Tensor& /*v*/, const Tensor& /*rotations*/,
                        const Tensor& /*keys*/, const Tensor& /*values*/, const Tensor& /*rows*/,
                        const Tensor& /*positions*/, const AttentionRule&, const Tensor& /*out*/>
    decode_attention{"decode_attention"};

}  // namespace adora::backends
