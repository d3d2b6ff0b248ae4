#pragma once
#include "kernel.h"

/// The basic kernels that every device must have: filling, copying, adding, random numbers. The caller gives the
/// outputs, which have the right shape.
namespace adora::backends {

/// out[…] = value
inline constinit Kernel<const Tensor& /*out*/, double /*value*/> fill{"fill"};

/// to[…] = from[…]: same shape, any strides, converting between dtypes.
inline constinit Kernel<const Tensor& /*from*/, const Tensor& /*to*/> copy{"copy"};

/// out = a + b, all of one shape and dtype; out may be a or b.
void add(const Tensor& a, const Tensor& b, const Tensor& out);

/// out[i] = low + (high - low)·u_i, u_i uniform in [0, 1) from element i's own block of Philox; below `high` also when
/// rounded to out's dtype.
inline constinit Kernel<const Tensor& /*out*/, double /*low*/, double /*high*/, Generator& /*generator*/> fill_uniform{
    "fill_uniform"};

/// out[i] normally distributed (Box and Muller's transform of element i's block).
inline constinit Kernel<const Tensor& /*out*/, double /*mean*/, double /*deviation*/, Generator& /*generator*/>
    fill_normal{"fill_normal"};

/// to = from, between devices: both contiguous, of one shape and dtype.
void transfer(const Tensor& from, const Tensor& to);
/// How, between the CPU and another device: set by that device's backend.
using Transfer = void (*)(const Tensor& from, const Tensor& to);
inline constinit Transfer transfer_between = nullptr;

/// A contiguous copy of x, or x itself where it is contiguous.
Tensor contiguous(const Tensor& x);

}  // namespace adora::backends
