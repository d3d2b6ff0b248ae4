#include "../dora.h"
#include "../quantized.h"
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

constexpr int columns_of_a_block = 8;

/// Σ_t g[t, j]·u[t, j] with u = x·Wᵀ + scale·z·Bᵀ computed anew; the block's warps take the rows of x in turn.
template <class T, class C>
__device__ double from_the_product(const T* x, const T* g, const void* weight, const QuantizedNumbers& quantized,
                                   const MagnitudeSums<C>& o, std::int64_t j) {
  const std::int64_t warps = blockDim.x / 32, warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  double sum = 0;
  for (std::int64_t t = warp; t < o.rows; t += warps) {
    double u = 0;
    for (std::int64_t i = lane; i < o.length; i += 32) {
      u += static_cast<double>(static_cast<C>(x[t * o.length + i])) *
           (weight ? load<double>(weight, o.weight_dtype, j * o.weight_along + i * o.weight_across)
                   : quantized.at<double>(j, i));
    }
    for (std::int64_t k = lane; k < o.rank; k += 32) {
      u += o.scale * static_cast<double>(o.z[t * o.z_along + k]) * o.B[j * o.b_along + k * o.b_across];
    }
    u = warp_reduce(u, Plus{});
    if (lane == 0) sum += u * static_cast<double>(static_cast<C>(g[t * o.columns + j]));
  }
  return block_sum(sum);
}

/// gradient[j] for the 8 columns j of each block. x [T, K], g [T, N], weight [N, K]. A thread has a column's sums;
/// where those do not serve, the whole block computes it. Of weight and quantized one is there; the other is null.
template <class T, class C>
__global__ void magnitude_gradient_kernel(const T* x, const T* g, const void* weight, const QuantizedNumbers quantized,
                                          const MagnitudeSums<C> o) {
  __shared__ bool lost[columns_of_a_block];
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * columns_of_a_block;
  if (threadIdx.x < columns_of_a_block) {
    const std::int64_t j = first + threadIdx.x;
    bool is_lost = false;
    if (j < o.columns) {
      double gradient = 0;
      if (o.rows > 0 && o.norm[j] != C(0) && o.weights[j] != 0) {
        const double bias = o.bias ? static_cast<double>(o.bias[j]) : 0;
        is_lost = magnitude_is_lost(o.size[j], o.weights[j], bias, o.most_bias, o.least);
        if (!is_lost) gradient = o.dot[j] / static_cast<double>(o.magnitude[j]);
      }
      o.gradient[j] = static_cast<C>(gradient);
    }
    lost[threadIdx.x] = is_lost;
  }
  __syncthreads();
  for (int k = 0; k < columns_of_a_block; ++k) {
    if (!lost[k]) continue;  // for all threads
    const double sum = from_the_product(x, g, weight, quantized, o, first + k);
    if (threadIdx.x == 0) o.gradient[first + k] = static_cast<C>(sum / static_cast<double>(o.norm[first + k]));
  }
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
    const std::int64_t blocks = (columns + columns_of_a_block - 1) / columns_of_a_block;
    launch(magnitude_gradient_kernel<T, C>, dim3(static_cast<unsigned>(blocks)), 128, 0, x.data<T>(), o.g.data<T>(),
           static_cast<const void*>(plain.defined() ? plain.raw() : nullptr),
           o.weight.is_quantized() ? QuantizedNumbers(o.weight.quantized()) : QuantizedNumbers(), sums);
  });
}

[[maybe_unused]] const bool registered = magnitude_gradient.on(DeviceType::cuda, magnitude_gradient_cuda);

}  // namespace
}  // namespace adora::backends::cuda
