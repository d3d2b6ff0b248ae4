#pragma once
#include "../../ops/conv.h"
#include "adaptable_layer.h"

namespace adora {

struct ConvLayerOptions {
  Shape stride = {1};
  ConvPadding padding = {0};
  Shape dilation = {1};
  std::int64_t groups = 1;
  bool bias = true;
  DType dtype = float32;
  Device device = default_device();
};

/// A convolution of one, two or three axes (ops/conv.h): weight [out, in / groups, kernel…], bias [out]. As PyTorch
/// makes them, both are uniform in ±1/√fan_in, of fan_in = in / groups · the kernel's taps.
template <int axes> class Conv : public AdaptableLayer {
 public:
  Conv(std::int64_t in, std::int64_t out, const Shape& kernel_size, Generator& generator,
       const ConvLayerOptions& options = {});
  /// The plain convolution, whatever adapters there are.
  Tensor base(const Tensor& x) const override;
  Tensor* bias_place() override { return &bias; }

  Tensor bias;
  ConvOptions options;
};
using Conv1d = Conv<1>;
using Conv2d = Conv<2>;
using Conv3d = Conv<3>;

struct ConvTransposeLayerOptions {
  Shape stride = {1};
  Shape padding = {0};
  Shape output_padding = {0};
  std::int64_t groups = 1;
  bool bias = true;
  Shape dilation = {1};
  DType dtype = float32;
  Device device = default_device();
};

/// A transposed convolution: weight [in, out / groups, kernel…], bias [out], uniform in ±1/√fan_in as well, of which
/// PyTorch takes fan_in = out / groups · the kernel's taps.
template <int axes> class ConvTranspose : public Module {
 public:
  ConvTranspose(std::int64_t in, std::int64_t out, const Shape& kernel_size, Generator& generator,
                const ConvTransposeLayerOptions& options = {});
  Tensor operator()(const Tensor& x) const;

  Tensor weight, bias;
  ConvTransposeOptions options;
};
using ConvTranspose1d = ConvTranspose<1>;
using ConvTranspose2d = ConvTranspose<2>;
using ConvTranspose3d = ConvTranspose<3>;

}  // namespace adora
