#pragma once
#include "kernel.h"
#include "windows.h"

/// Convolutions (cross-correlations, as everyone calls by that name) and windows as columns. Images are contiguous [N,
/// C, D, H, W] whatever their number of axes; of Windows w, [D, H, W] are its sizes `in`, windows lie in [D', H', W'],
/// its sizes `out`, and taps in [kD, kH, kW].
///
/// The three kernels of a convolution belong to one trilinear form, Σ g·conv(x, weight), and each is its derivative in
/// one of the three: so each one's gradients are the other two.
namespace adora::backends {

/// out[n, o, p] = bias[o] + Σ_{c, tap} weight[o, c, tap]·x[n, c of o's group, place of p and tap]: weight [O, C /
/// groups, kD, kH, kW], out [N, O, D', H', W'], bias [O] or undefined. The groups follow from C. All contiguous, of one
/// floating dtype; half types are summed in float32.
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*weight*/, const Tensor& /*bias*/, const Tensor& /*out*/,
                        const Windows&>
    conv{"conv"};

/// dx[n, c, i] = bias[c] + Σ g[n, o, p]·weight[o, c, tap] over all o of c's group, p and tap that meet at i: g as `out`
/// above, bias [C] or undefined.
inline constinit Kernel<const Tensor& /*g*/, const Tensor& /*weight*/, const Tensor& /*bias*/, const Tensor& /*dx*/,
                        const Windows&>
    conv_input_gradient{"conv_input_gradient"};

/// dweight[o, c, tap] = Σ_{n, p} g[n, o, p]·x[n, c of o's group, place of p and tap].
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*g*/, const Tensor& /*dweight*/, const Windows&>
    conv_weight_gradient{"conv_weight_gradient"};

/// columns[n, c, tap, p] = x[n, c, place of p and tap], 0 in the padding: x [N, C, D, H, W], columns [N, C, taps,
/// windows], contiguous, of one dtype.
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*columns*/, const Windows&> unfold{"unfold"};

/// x[n, c, i] = Σ columns[n, c, tap, p] over all that unfold takes from there. Half types are summed in float32.
inline constinit Kernel<const Tensor& /*columns*/, const Tensor& /*x*/, const Windows&> fold{"fold"};

}  // namespace adora::backends
