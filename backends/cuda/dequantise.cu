#include "../quantised.h"
#include "device_code.h"

namespace adora::backends::cuda {
namespace {

/// to[i] = number i of the rows from `first` on. Neighbouring threads take neighbours: a block of 64 numbers has one
/// scale, which its threads find in the cache.
template <class T>
__global__ void dequantise_kernel(const QuantisedNumbers from, std::int64_t first, T* to, std::int64_t numbers) {
  using C = Compute<T>;
  for (std::int64_t i = global_thread(); i < numbers; i += global_threads())
    to[i] = T(from.at<C>(first + i / from.columns, i % from.columns));
}

void dequantise_cuda(const QuantisedMatrix& from, std::int64_t first, const Tensor& to) {
  visit_floating("dequantise", to.dtype(), [&]<class T>() {
    launch(dequantise_kernel<T>, blocks_for(to.numel()), block_threads, 0, QuantisedNumbers(from), first, to.data<T>(),
           to.numel());
  });
}

[[maybe_unused]] const bool registered = dequantise.on(DeviceType::cuda, dequantise_cuda);

}  // namespace
}  // namespace adora::backends::cuda
