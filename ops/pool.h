#pragma once
#include <cstdint>
#include <optional>

#include "values_and_indices.h"

/// Pooling over windows of images of one, two and three spatial axes: x [N, C, spatial…], or [C, spatial…], floating.
/// Sizes are one number for all axes, or one for each. Along each axis there are ⌊(size + 2·padding - dilation·(kernel
/// - 1) - 1) / stride⌋ + 1 windows, with ceil_mode ⌈…⌉ + 1 but for windows that would begin behind the image; the
/// padding is at most half a window. All are recorded, with gradients of gradients.
namespace adora {

struct MaxPoolOptions {
  Shape stride = {};     ///< the kernel's size where empty
  Shape padding = {0};   ///< of -inf
  Shape dilation = {1};  ///< between what a window sees
  bool ceil_mode = false;
};

/// The largest number of each window, NaN where one is. Its gradient goes to the first of equal ones.
Tensor max_pool1d(const Tensor& x, const Shape& kernel_size, const MaxPoolOptions& options = {});
Tensor max_pool2d(const Tensor& x, const Shape& kernel_size, const MaxPoolOptions& options = {});
Tensor max_pool3d(const Tensor& x, const Shape& kernel_size, const MaxPoolOptions& options = {});

/// With the place of each largest number (int64), counted row by row in its image's plane: of equal ones the first, of
/// NaNs the last.
ValuesAndIndices max_pool1d_with_indices(const Tensor& x, const Shape& kernel_size, const MaxPoolOptions& options = {});
ValuesAndIndices max_pool2d_with_indices(const Tensor& x, const Shape& kernel_size, const MaxPoolOptions& options = {});
ValuesAndIndices max_pool3d_with_indices(const Tensor& x, const Shape& kernel_size, const MaxPoolOptions& options = {});

struct AvgPoolOptions {
  Shape stride = {};    ///< the kernel's size where empty
  Shape padding = {0};  ///< of 0
  bool ceil_mode = false;
  bool count_include_pad = true;                   ///< whether the mean counts the padding
  std::optional<std::int64_t> divisor_override{};  ///< what sums are divided by in place of the count
};

/// The mean of each window.
Tensor avg_pool1d(const Tensor& x, const Shape& kernel_size, const AvgPoolOptions& options = {});
Tensor avg_pool2d(const Tensor& x, const Shape& kernel_size, const AvgPoolOptions& options = {});
Tensor avg_pool3d(const Tensor& x, const Shape& kernel_size, const AvgPoolOptions& options = {});

// As many windows as output_size says, from ⌊o·size / output_size⌋ to ⌈(o + 1)·size / output_size⌉ along each axis.

Tensor adaptive_avg_pool1d(const Tensor& x, const Shape& output_size);
Tensor adaptive_avg_pool2d(const Tensor& x, const Shape& output_size);
Tensor adaptive_avg_pool3d(const Tensor& x, const Shape& output_size);
Tensor adaptive_max_pool1d(const Tensor& x, const Shape& output_size);
Tensor adaptive_max_pool2d(const Tensor& x, const Shape& output_size);
Tensor adaptive_max_pool3d(const Tensor& x, const Shape& output_size);

}  // namespace adora
