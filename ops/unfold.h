#pragma once
#include "../core/tensor.h"

/// What windows see of images, as columns, and back; sizes are one number for both axes, or one for each, and windows
/// as in ops/conv.h. Both are recorded, each the other's gradient.
namespace adora {

struct UnfoldOptions {
  Shape dilation = {1};
  Shape padding = {0};
  Shape stride = {1};
};

/// x [N, C, H, W] to [N, C·kH·kW, L]: column l is what window number l, row by row, sees: channels, then its taps row
/// by row; 0 in the padding. Without N where x is.
Tensor unfold(const Tensor& x, const Shape& kernel_size, const UnfoldOptions& options = {});

/// The transpose: x [N, C·kH·kW, L] to [N, C, output_size…], where what windows share is added up. An error where L is
/// not the number of windows of images of that size.
Tensor fold(const Tensor& x, const Shape& output_size, const Shape& kernel_size, const UnfoldOptions& options = {});

}  // namespace adora
