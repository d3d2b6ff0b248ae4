#include "../quantised.h"
#include "device_code.h"

namespace adora::backends::cuda {
namespace {

/// to [rows, columns] = the numbers from a row and a column on. Neighbouring threads take neighbours: a block of 64
/// numbers has one scale, which its threads find in the cache.
template <class T>
__global__ void dequantise_kernel(const QuantisedNumbers from, std::int64_t row, std::int64_t column, T* to,
                                  std::int64_t columns, std::int64_t numbers) {
  using C = Compute<T>;
  for (std::int64_t i = global_thread(); i < numbers; i += global_threads())
    to[i] = T(from.at<C>(row + i / columns, column + i % columns));
}

void dequantise_cuda(const QuantisedMatrix& from, std::int64_t row, std::int64_t column, const Tensor& to) {
  visit_floating("dequantise", to.dtype(), [&]<class T>() {
    launch(dequantise_kernel<T>, blocks_for(to.numel()), block_threads, 0, QuantisedNumbers(from), row, column,
           to.data<T>(), to.size(1), to.numel());
  });
}

[[maybe_unused]] const bool registered = dequantise.on(DeviceType::cuda, dequantise_cuda) &&
                                         quantised_product.on(DeviceType::cuda, quantised_product_by_blocks);

}  // namespace
}  // namespace adora::backends::cuda
