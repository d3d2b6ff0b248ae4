#include "../quantized.h"
#include "device_code.h"
#include "packs.h"

namespace adora::backends::cuda {
namespace {

/// to [rows, columns] = the numbers from a row and a column on; a thread has V neighbors, which share a scale.
template <class T, int V>
__global__ void dequantize_kernel(const QuantizedNumbers from, std::int64_t row, std::int64_t column, T* to,
                                  std::int64_t packs_of_a_row, std::int64_t packs) {
  using C = Compute<T>;
  __shared__ float levels[16];  // each lane reads another one
  if (threadIdx.x < 16) levels[threadIdx.x] = from.levels[threadIdx.x];
  __syncthreads();
  for (std::int64_t i = global_thread(); i < packs; i += global_threads()) {
    const std::int64_t r = i / packs_of_a_row, c = column + (i - r * packs_of_a_row) * V;
    const float scale = from.scale(row + r, c / QuantizedMatrix::block);
    Pack<T, V> out;
#pragma unroll
    for (int k = 0; k < V; ++k) out.value[k] = T(from.value<C>(row + r, c + k, scale, levels));
    *reinterpret_cast<Pack<T, V>*>(to + i * V) = out;
  }
}

void dequantize_cuda(const QuantizedMatrix& from, std::int64_t row, std::int64_t column, const Tensor& to) {
  visit_floating("dequantize", to.dtype(), [&]<class T>() {
    auto run = [&]<int V>() {
      const std::int64_t packs = to.numel() / V;
      launch(dequantize_kernel<T, V>, blocks_for(packs), block_threads, 0, QuantizedNumbers(from), row, column,
             to.data<T>(), to.size(1) / V, packs);
    };
    constexpr int several = 16 / sizeof(T);  // a divisor of a block's 64
    const bool in_packs = to.size(1) % several == 0 && reinterpret_cast<std::uintptr_t>(to.raw()) % 16 == 0;
    if (in_packs) run.template operator()<several>();
    else run.template operator()<1>();
  });
}

[[maybe_unused]] const bool registered = dequantize.on(DeviceType::cuda, dequantize_cuda) &&
                                         quantized_product.on(DeviceType::cuda, quantized_product_by_blocks);

}  // namespace
}  // namespace adora::backends::cuda
