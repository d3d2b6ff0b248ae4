#pragma once
#include <algorithm>

#include "../conv.h"

namespace adora::backends::cpu {

/// The sizes of a convolution.
struct ConvSizes {
  Windows w;
  std::int64_t images, groups;
  std::int64_t channels, outputs;  ///< of a group
  std::int64_t image, windows;     ///< numbers of a plane of x and of out
  std::int64_t rows;               ///< channels · taps: numbers of x that one number of out is made of

  ConvSizes(const Tensor& x, const Tensor& weight, const Windows& w)
      : w(w),
        images(x.shape()[0]),
        groups(weight.shape()[1] ? x.shape()[1] / weight.shape()[1] : 1),
        channels(weight.shape()[1]),
        outputs(groups ? weight.shape()[0] / groups : 0),
        image(w.image()),
        windows(w.count()),
        rows(channels * w.taps()) {}

  /// Where a group's planes of an image begin in x and in out, and its part of the weight.
  std::int64_t x_at(std::int64_t n, std::int64_t g) const { return (n * groups + g) * channels * image; }
  std::int64_t out_at(std::int64_t n, std::int64_t g) const { return (n * groups + g) * outputs * windows; }
  std::int64_t weight_at(std::int64_t g) const { return g * outputs * rows; }
  /// From one image to the next.
  std::int64_t x_step() const { return groups * channels * image; }
  std::int64_t out_step() const { return groups * outputs * windows; }

  /// Whether there are many groups of few channels, each too small for a matrix product.
  bool depthwise() const { return groups > 1 && channels * outputs <= 8; }
};

/// The number of tasks, each of that many multiplications, that is worth a thread.
inline std::int64_t conv_grain(std::int64_t multiplications) {
  return std::max<std::int64_t>(1, (1 << 15) / std::max<std::int64_t>(1, multiplications));
}

// The convolutions with depthwise() in plain loops over rows of windows. T is float or double.
template <class T> void depthwise_conv(const ConvSizes& c, const T* x, const T* weight, const T* bias, T* out);
template <class T> void depthwise_input_gradient(const ConvSizes& c, const T* g, const T* weight, const T* bias, T* dx);
template <class T> void depthwise_weight_gradient(const ConvSizes& c, const T* x, const T* g, T* dweight);

}  // namespace adora::backends::cpu
