#pragma once
#include <cstdint>

#include "../core/tensor.h"

/// Convolutions of one, two and three spatial axes (cross-correlations, as PyTorch has them):
///
///     y[n, o, p] = bias[o] + Σ_{c, tap} weight[o, c, tap] · x[n, c, p·stride - padding + tap·dilation]
///
/// x is [N, C, spatial…], or [C, spatial…], of which the result is without N as well; weight [O, C / groups, kernel…],
/// bias [O] or undefined, all of one floating dtype. With groups, output channels see the input channels of their group
/// alone; C and O are multiples of them. Along each axis there are
/// ⌊(size + 2·padding - dilation·(kernel - 1) - 1) / stride⌋ + 1 windows, of which there must be one. Sizes for the
/// axes are one number for all of them, or one for each. All are recorded, with gradients of gradients. Half types are
/// summed in float32.
namespace adora {

/// How many zeros are put around an image: numbers for its axes, on either side, or one of PyTorch's two words.
class ConvPadding {
 public:
  ConvPadding(std::initializer_list<std::int64_t> sizes) : sizes_(sizes) {}
  ConvPadding(const Shape& sizes) : sizes_(sizes) {}
  template <WholeNumber N> ConvPadding(N size) : sizes_(size) {}
  /// As many as make the result as large as the image, the odd one behind; for strides of 1.
  static ConvPadding same() {
    ConvPadding padding{0};
    padding.same_ = true;
    return padding;
  }
  /// None.
  static ConvPadding valid() { return {0}; }

  bool is_same() const { return same_; }
  const Shape& sizes() const { return sizes_; }

 private:
  Shape sizes_;
  bool same_ = false;
};

struct ConvOptions {
  Shape stride = {1};
  ConvPadding padding = {0};
  Shape dilation = {1};
  std::int64_t groups = 1;
};

Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias = {}, const ConvOptions& options = {});
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {}, const ConvOptions& options = {});
Tensor conv3d(const Tensor& x, const Tensor& weight, const Tensor& bias = {}, const ConvOptions& options = {});

struct ConvTransposeOptions {
  Shape stride = {1};
  Shape padding = {0};         ///< that much less of the result on either side
  Shape output_padding = {0};  ///< that much more of it at the end; below the stride or the dilation
  std::int64_t groups = 1;
  Shape dilation = {1};
};

// The transpose of a convolution, its gradient with respect to its input: x [N, C, spatial…], weight [C, O / groups,
// kernel…], bias [O]. The result is (size - 1)·stride - 2·padding + dilation·(kernel - 1) + output_padding + 1 large
// along each axis.

Tensor conv_transpose1d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                        const ConvTransposeOptions& options = {});
Tensor conv_transpose2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                        const ConvTransposeOptions& options = {});
Tensor conv_transpose3d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                        const ConvTransposeOptions& options = {});

}  // namespace adora
