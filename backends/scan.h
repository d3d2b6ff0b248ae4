#pragma once
#include "kernel.h"

/// Results of all that came before in a row, and at a place itself: "before" from the first element on, or from the
/// last with `reverse`. All work along the last dimension; any strides. Floating numbers are joined in double, whole
/// ones in int64, where they wrap around.
namespace adora::backends {

enum class ScanOp { sum, product };

/// out[…, i] = x[…, 0] + … + x[…, i], or their product; of one shape, each of any dtype.
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*out*/, ScanOp, bool /*reverse*/> scan{"scan"};

/// out[…, i] = a[…, i]·out[…, i - 1] + b[…, i], and b's first element at first; all of one shape and dtype.
inline constinit Kernel<const Tensor& /*a*/, const Tensor& /*b*/, const Tensor& /*out*/, bool /*reverse*/> linear_scan{
    "linear_scan"};

/// out[…, i] (int64) = where in x[…, 0] … x[…, i] the largest element stands, or the smallest: the last of equal ones.
/// From the first NaN on it is the last NaN.
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*out*/, bool /*smallest*/> scan_argmax{"scan_argmax"};

/// out[…, 0] = the product of x[…, :], 1 of nothing. x [rows…, n], out [rows…, 1], each of any dtype.
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*out*/> product{"product"};

}  // namespace adora::backends
