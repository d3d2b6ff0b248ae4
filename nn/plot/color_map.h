#pragma once
#include "../../core/tensor.h"

namespace adora {

/// The picture [3, height, width] of numbers x [height, width], as Plot::image and write_png take it: from blue at
/// `low` through a light gray in the middle to orange at `high`, beyond which colors stay what they are there; NaN is
/// black. Without bounds they are the smallest and the largest number. An error where low is not below high or a bound
/// is not finite.
Tensor color_map(const Tensor& x, double low, double high);
Tensor color_map(const Tensor& x);

}  // namespace adora
