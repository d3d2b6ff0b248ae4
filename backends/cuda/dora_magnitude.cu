#include "../dora.h"
#include "../quantised.h"
#include "device_code.h"

namespace adora::backends::cuda {
namespace {

/// MagnitudeGradient as the kernel takes it; null tensors are left out.
template <class C> struct MagnitudeSums {
  const C *B, *z, *bias, *magnitude, *norm;
  const double *dot, *size, *weights;
  C* gradient;
  std::int64_t rows, length, columns, rank;  ///< T, K, N, r
  std::int64_t b_along, b_across, z_along;   ///< strides of B and z
  std::int64_t weight_along, weight_across;  ///< and of the weight
  DType weight_dtype;
  double scale, most_bias, least;
};

/// gradient[j] for column j = the block's number. x [T, K], g [T, N], weight [N, K]. Where the sums do not serve, the
/// block's warps take the rows of x in turn. Of weight and quantised one is there; the other is null.
template <class T, class C>
__global__ void magnitude_gradient_kernel(const T* x, const T* g, const void* weight, const QuantisedNumbers quantised,
                                          const MagnitudeSums<C> o) {
  const std::int64_t j = blockIdx.x;
  double gradient = 0;
  // Every thread decides the same.
  if (o.rows > 0 && o.norm[j] != C(0) && o.weights[j] != 0) {
    const double bias = o.bias ? static_cast<double>(o.bias[j]) : 0;
    if (!magnitude_is_lost(o.size[j], o.weights[j], bias, o.most_bias, o.least)) {
      gradient = o.dot[j] / static_cast<double>(o.magnitude[j]);
    } else {
      const std::int64_t warps = blockDim.x / 32, warp = threadIdx.x / 32, lane = threadIdx.x % 32;
      double sum = 0;
      for (std::int64_t t = warp; t < o.rows; t += warps) {
        double u = 0;
        for (std::int64_t i = lane; i < o.length; i += 32) {
          u += static_cast<double>(static_cast<C>(x[t * o.length + i])) *
               (weight ? load<double>(weight, o.weight_dtype, j * o.weight_along + i * o.weight_across)
                       : quantised.at<double>(j, i));
        }
        for (std::int64_t k = lane; k < o.rank; k += 32) {
          u += o.scale * static_cast<double>(o.z[t * o.z_along + k]) * o.B[j * o.b_along + k * o.b_across];
        }
        u = warp_reduce(u, Plus{});
        if (lane == 0) sum += u * static_cast<double>(static_cast<C>(g[t * o.columns + j]));
      }
      gradient = block_sum(sum) / static_cast<double>(o.norm[j]);
    }
  }
  if (threadIdx.x == 0) o.gradient[j] = static_cast<C>(gradient);
}

void magnitude_gradient_cuda(const Tensor& x, const MagnitudeGradient& o) {
  const std::int64_t columns = o.gradient.numel();
  if (columns == 0) return;
  visit_floating("magnitude_gradient", x.dtype(), [&]<class T>() {
    using C = Compute<T>;
    auto numbers = [](const Tensor& t) -> const C* { return t.defined() ? t.data<C>() : nullptr; };
    const Tensor& plain = o.weight.plain();
    const bool low_rank = o.B.defined() && o.z.defined();
    const MagnitudeSums<C> sums{low_rank ? numbers(o.B) : nullptr,
                                low_rank ? numbers(o.z) : nullptr,
                                numbers(o.bias),
                                numbers(o.magnitude),
                                numbers(o.norm),
                                o.dot.data<double>(),
                                o.size.data<double>(),
                                o.weights.data<double>(),
                                o.gradient.data<C>(),
                                x.size(0),
                                x.size(1),
                                columns,
                                low_rank ? o.B.size(1) : 0,
                                low_rank ? o.B.strides()[0] : 0,
                                low_rank ? o.B.strides()[1] : 0,
                                low_rank ? o.z.strides()[0] : 0,
                                plain.defined() ? plain.strides()[0] : 0,
                                plain.defined() ? plain.strides()[1] : 0,
                                o.weight.dtype(),
                                o.scale,
                                o.most_bias,
                                o.least};
    launch(magnitude_gradient_kernel<T, C>, dim3(static_cast<unsigned>(columns)), 128, 0, x.data<T>(), o.g.data<T>(),
           static_cast<const void*>(plain.defined() ? plain.raw() : nullptr),
           o.weight.is_quantised() ? QuantisedNumbers(o.weight.quantised()) : QuantisedNumbers(), sums);
  });
}

[[maybe_unused]] const bool registered = magnitude_gradient.on(DeviceType::cuda, magnitude_gradient_cuda);

}  // namespace
}  // namespace adora::backends::cuda
