#pragma once
#include "kernel.h"

namespace adora::backends {

/// out = gate·sigmoid(gate)·up; all of one shape and dtype, out contiguous.
inline constinit Kernel<const Tensor& /*gate*/, const Tensor& /*up*/, const Tensor& /*out*/> swiglu{"swiglu"};

/// The gradients for both from that of the output, in one pass; undefined where not wanted.
inline constinit Kernel<const Tensor& /*gate*/, const Tensor& /*up*/, const Tensor& /*grad*/, const Tensor& /*dgate*/,
                        const Tensor& /*dup*/>
    swiglu_gradient{"swiglu_gradient"};

}  // namespace adora::backends
