#pragma once
#include "kernel.h"

namespace adora::backends {

/// The lengths of the rows of V = W + scale·B·A, from what is already known of them: squares [N] (float64) = Σ W²,
/// WA [N, R] = W·Aᵀ and BG [N, R] = B·(A·Aᵀ), narrow tensors as in low_rank.h; B [N, r] and A [r, K] any strides, all
/// of the dtype arithmetic is done in; W [N, K] of any floating dtype and strides.
///
///     n² = squares + 2·scale·Σ_k WA∘B + scale²·Σ_k BG∘B        VA = scale·WA + scale²·BG = scale·V·Aᵀ
///
/// n [N]; VA [N, r] if it is defined, which the gradient needs. In rows where much of this cancels both are
/// computed from V itself, in double.
inline constinit Kernel<const Tensor& /*W*/, const Tensor& /*A*/, const Tensor& /*B*/, double /*scale*/,
                        const Tensor& /*squares*/, const Tensor& /*WA*/, const Tensor& /*BG*/, const Tensor& /*n*/,
                        const Tensor& /*VA*/>
    dora_norm{"dora_norm"};

}  // namespace adora::backends
