#include "../sum_of_squares.h"

#include "../basic.h"
#include "parts.h"

namespace adora::backends::cuda {
namespace {

constexpr std::int64_t stretch = 16 * block_threads;  ///< numbers of a block

/// One tensor's numbers, row by row.
struct Summed {
  const void* data;
  DType dtype;
  std::int64_t numel;
};
using Table = PartTable<Summed, 600>;

/// sums[block] = Σ x² over the block's stretch of one part.
__global__ void squares_kernel(const __grid_constant__ Table table, double* sums) {
  const int which = table.of_block(static_cast<int>(blockIdx.x));
  const Summed& part = table.part[which];
  const std::int64_t begin = (static_cast<int>(blockIdx.x) - table.first_block[which]) * stretch;
  double sum = 0;
  for (std::int64_t i = begin + threadIdx.x; i < part.numel && i < begin + stretch; i += blockDim.x) {
    const double x = load<double>(part.data, part.dtype, i);
    sum += x * x;
  }
  sum = block_sum(sum);
  if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}

/// total = Σ sums, in one block.
__global__ void total_kernel(const double* sums, std::int64_t count, double* total) {
  double sum = 0;
  for (std::int64_t i = threadIdx.x; i < count; i += blockDim.x) sum += sums[i];
  sum = block_sum(sum);
  if (threadIdx.x == 0) *total = sum;
}

std::int64_t blocks_of(const Tensor& x) { return (x.numel() + stretch - 1) / stretch; }

void sum_of_squares_cuda(std::span<const Tensor> tensors, const Tensor& total) {
  std::int64_t blocks = 0, done = 0;
  for (const Tensor& x : tensors) blocks += blocks_of(x);
  Tensor sums = empty({blocks}, float64, total.device());
  Table table;
  Tensors held;  // copies live until the kernels that read them are in the stream
  auto run = [&] {
    launch(squares_kernel, dim3(static_cast<unsigned>(table.blocks())), block_threads, 0, table,
           sums.data<double>() + done);
    done += table.blocks();
    table.clear();
  };
  for (const Tensor& given : tensors) {
    const Tensor& x = held.emplace_back(contiguous(given));
    if (table.full()) run();
    table.add({x.raw(), x.dtype(), x.numel()}, blocks_of(x));
  }
  run();
  launch(total_kernel, dim3(1), 1024, 0, sums.data<double>(), blocks, total.data<double>());
}

[[maybe_unused]] const bool registered = sum_of_squares.on(DeviceType::cuda, sum_of_squares_cuda);

}  // namespace
}  // namespace adora::backends::cuda
