#pragma once
#include "kernel.h"

/// Normalization of rows: x [rows…, n], weight and bias [n], of one floating dtype; any strides for x, y and the
/// gradients. `scale` (and `mean`) [rows] keep what backward needs, in float64 for float64 and float32 otherwise.
namespace adora::backends {

/// y = x·scale·weight with scale = 1/√(mean(x²) + eps) of each row. Where `update` [rows…, n] is defined the same of
/// sum = x + update, which is rounded to its dtype first.
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*update*/, const Tensor& /*weight*/, const Tensor& /*sum*/,
                        const Tensor& /*y*/, const Tensor& /*scale*/, double /*eps*/>
    rms_norm{"rms_norm"};

/// Both gradients in one pass; an undefined dx or dweight is not computed. x is what was normalized; what other ways
/// bring to its gradient, `more` [rows…, n], is added to dx if it is defined.
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*weight*/, const Tensor& /*scale*/, const Tensor& /*g*/,
                        const Tensor& /*more*/, const Tensor& /*dx*/, const Tensor& /*dweight*/>
    rms_norm_backward{"rms_norm_backward"};

/// y = (x - mean)·scale·weight + bias with scale = 1/√(variance + eps) of each row.
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*weight*/, const Tensor& /*bias*/, const Tensor& /*y*/,
                        const Tensor& /*mean*/, const Tensor& /*scale*/, double /*eps*/>
    layer_norm{"layer_norm"};

/// All gradients in one pass; undefined ones are not computed.
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*weight*/, const Tensor& /*mean*/, const Tensor& /*scale*/,
                        const Tensor& /*g*/, const Tensor& /*dx*/, const Tensor& /*dweight*/, const Tensor& /*dbias*/>
    layer_norm_backward{"layer_norm_backward"};

}  // namespace adora::backends
