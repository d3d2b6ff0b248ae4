#pragma once
#include "../../ops/pool.h"
#include "../noted_call.h"

/// The pooling functions of ops/pool.h as parts of a network; they have no parameters.
namespace adora {

template <int axes> class MaxPool : public Module {
 public:
  explicit MaxPool(const Shape& kernel_size, const MaxPoolOptions& options = {})
      : kernel_size(kernel_size), options(options) {}
  Tensor operator()(const Tensor& x) const {
    return noted_call(*this, [&] {
      if constexpr (axes == 1) return max_pool1d(x, kernel_size, options);
      else if constexpr (axes == 2) return max_pool2d(x, kernel_size, options);
      else return max_pool3d(x, kernel_size, options);
    });
  }

  Shape kernel_size;
  MaxPoolOptions options;
};
using MaxPool1d = MaxPool<1>;
using MaxPool2d = MaxPool<2>;
using MaxPool3d = MaxPool<3>;

template <int axes> class AvgPool : public Module {
 public:
  explicit AvgPool(const Shape& kernel_size, const AvgPoolOptions& options = {})
      : kernel_size(kernel_size), options(options) {}
  Tensor operator()(const Tensor& x) const {
    return noted_call(*this, [&] {
      if constexpr (axes == 1) return avg_pool1d(x, kernel_size, options);
      else if constexpr (axes == 2) return avg_pool2d(x, kernel_size, options);
      else return avg_pool3d(x, kernel_size, options);
    });
  }

  Shape kernel_size;
  AvgPoolOptions options;
};
using AvgPool1d = AvgPool<1>;
using AvgPool2d = AvgPool<2>;
using AvgPool3d = AvgPool<3>;

template <int axes> class AdaptiveAvgPool : public Module {
 public:
  explicit AdaptiveAvgPool(const Shape& output_size) : output_size(output_size) {}
  Tensor operator()(const Tensor& x) const {
    return noted_call(*this, [&] {
      if constexpr (axes == 1) return adaptive_avg_pool1d(x, output_size);
      else if constexpr (axes == 2) return adaptive_avg_pool2d(x, output_size);
      else return adaptive_avg_pool3d(x, output_size);
    });
  }

  Shape output_size;
};
using AdaptiveAvgPool1d = AdaptiveAvgPool<1>;
using AdaptiveAvgPool2d = AdaptiveAvgPool<2>;
using AdaptiveAvgPool3d = AdaptiveAvgPool<3>;

template <int axes> class AdaptiveMaxPool : public Module {
 public:
  explicit AdaptiveMaxPool(const Shape& output_size) : output_size(output_size) {}
  Tensor operator()(const Tensor& x) const {
    return noted_call(*this, [&] {
      if constexpr (axes == 1) return adaptive_max_pool1d(x, output_size);
      else if constexpr (axes == 2) return adaptive_max_pool2d(x, output_size);
      else return adaptive_max_pool3d(x, output_size);
    });
  }

  Shape output_size;
};
using AdaptiveMaxPool1d = AdaptiveMaxPool<1>;
using AdaptiveMaxPool2d = AdaptiveMaxPool<2>;
using AdaptiveMaxPool3d = AdaptiveMaxPool<3>;

}  // namespace adora
