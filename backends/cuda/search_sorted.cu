#include "../search_sorted.h"

#include "../search_formula.h"
#include "launch.h"

namespace adora::backends::cuda {
namespace {

/// A thread for each value; rows of the sequence lie `row` apart.
template <class T>
__global__ void search_sorted_kernel(const T* sequence, std::int64_t row, std::int64_t n, const T* values,
                                     std::int64_t m, std::int64_t count, bool right, std::int64_t* out) {
  for (std::int64_t i = global_thread(); i < count; i += global_threads()) {
    out[i] = search_row(sequence + i / m * row, n, values[i], right);
  }
}

void search_sorted_cuda(const Tensor& sequence, const Tensor& values, const Tensor& out, bool right) {
  if (out.numel() == 0) return;
  const std::int64_t n = sequence.size(-1), row = sequence.size(0) == 1 ? 0 : n;
  visit(sequence.dtype(), [&]<class T>() {
    launch(search_sorted_kernel<T>, blocks_for(out.numel()), block_threads, 0, sequence.data<T>(), row, n,
           values.data<T>(), values.size(-1), out.numel(), right, out.data<std::int64_t>());
  });
}

[[maybe_unused]] const bool registered = search_sorted.on(DeviceType::cuda, search_sorted_cuda);

}  // namespace
}  // namespace adora::backends::cuda
