#include "../basic.h"

#include "../../core/cuda.h"
#include "../random_numbers.h"
#include "../strided.h"
#include "device_code.h"
#include "packs.h"
#include "strided_operands.h"

namespace adora::backends::cuda {
namespace {

// ---- copying ---------------------------------------------------------------------------------------------------

/// to[i] = from[i] for elements of one size, whatever they stand for. Operand 0 is `to`.
template <class Bits> __global__ void move_kernel(const StridedOperands<2> x) {
  auto* to = static_cast<Bits*>(x.data[0]);
  auto* from = static_cast<const Bits*>(x.data[1]);
  for (std::int64_t i = global_thread(); i < x.numel; i += global_threads()) to[x.offset(0, i)] = from[x.offset(1, i)];
}

/// The same for two dtypes, by way of C.
template <class C> __global__ void convert_kernel(const StridedOperands<2> x) {
  for (std::int64_t i = global_thread(); i < x.numel; i += global_threads()) {
    store(x.data[0], x.dtypes[0], x.offset(0, i), load<C>(x.data[1], x.dtypes[1], x.offset(1, i)));
  }
}

/// The same for numbers that lie side by side, four at a time.
template <class From, class To>
__global__ void convert_linear_kernel(const Four<From>* from, Four<To>* to, std::int64_t groups) {
  for (std::int64_t i = global_thread(); i < groups; i += global_threads()) {
    Four<From> in = from[i];
    Four<To> out;
#pragma unroll
    for (int k = 0; k < 4; ++k) out.value[k] = To(static_cast<float>(in.value[k]));
    to[i] = out;
  }
}

template <class From, class To> bool convert_linear(const Tensor& from, const Tensor& to) {
  if (!lies_in_fours<From>(from) || !lies_in_fours<To>(to)) return false;
  std::int64_t groups = from.numel() / 4;
  launch(convert_linear_kernel<From, To>, blocks_for(groups), block_threads, 0,
         static_cast<const Four<From>*>(from.raw()), static_cast<Four<To>*>(to.raw()), groups);
  return true;
}

constexpr int tile = 32, tile_rows = 8;

/// to[i, j] = from[j, i] for each matrix of a batch (the grid's z): `to` [rows, columns] with rows `to_stride` apart,
/// neighbors in a row of `to` lie `from_stride` apart in `from`. By way of a tile, so that both sides are read and
/// written in runs.
template <class Bits>
__global__ void transpose_kernel(const Bits* from, Bits* to, std::int64_t rows, std::int64_t columns,
                                 std::int64_t from_stride, std::int64_t to_stride, std::int64_t from_batch,
                                 std::int64_t to_batch) {
  __shared__ Bits block[tile][tile + 1];
  from += blockIdx.z * from_batch, to += blockIdx.z * to_batch;
  const std::int64_t row = static_cast<std::int64_t>(blockIdx.x) * tile,
                     column = static_cast<std::int64_t>(blockIdx.y) * tile;
  const int x = static_cast<int>(threadIdx.x), y = static_cast<int>(threadIdx.y);
  for (int k = y; k < tile; k += tile_rows) {
    if (row + x < rows && column + k < columns) block[k][x] = from[(column + k) * from_stride + row + x];
  }
  __syncthreads();
  for (int k = y; k < tile; k += tile_rows) {
    if (row + k < rows && column + x < columns) to[(row + k) * to_stride + column + x] = block[x][k];
  }
}

template <class Bits> bool transposed(const Tensor& from, const Tensor& to, const StridedWalk& walk) {
  const int dims = walk.shape.size();
  if (dims < 2 || dims > 3) return false;
  const int d = dims - 2;
  if (walk.strides[0][d + 1] != 1 || walk.strides[1][d] != 1) return false;
  const std::int64_t batch = dims == 3 ? walk.shape[0] : 1;
  const std::int64_t across = (walk.shape[d + 1] + tile - 1) / tile;
  if (batch > 65535 || across > 65535) return false;
  launch(transpose_kernel<Bits>,
         dim3(static_cast<unsigned>((walk.shape[d] + tile - 1) / tile), static_cast<unsigned>(across),
              static_cast<unsigned>(batch)),
         dim3(tile, tile_rows), 0, static_cast<const Bits*>(from.raw()), static_cast<Bits*>(to.raw()), walk.shape[d],
         walk.shape[d + 1], walk.strides[1][d + 1], walk.strides[0][d], dims == 3 ? walk.strides[1][0] : 0,
         dims == 3 ? walk.strides[0][0] : 0);
  return true;
}

template <class Bits> void move(const Tensor& from, const Tensor& to) {
  const Layout* layouts[] = {&to.layout(), &from.layout()};
  if (transposed<Bits>(from, to, StridedWalk(layouts))) return;
  const Tensor inputs[] = {from};
  StridedOperands<2> operands(to, inputs);
  using Run = Pack<Bits, 16 / sizeof(Bits)>;
  auto kernel = operands.join_neighbors(16 / sizeof(Bits), sizeof(Run)) ? move_kernel<Run> : move_kernel<Bits>;
  launch(kernel, blocks_for(operands.numel), block_threads, 0, operands);
}

template <class C> void convert(const Tensor& from, const Tensor& to) {
  const Tensor inputs[] = {from};
  StridedOperands<2> operands(to, inputs);
  launch(convert_kernel<C>, blocks_for(operands.numel), block_threads, 0, operands);
}

void copy_cuda(const Tensor& from, const Tensor& to) {
  check(from.shape() == to.shape(), "copy: shapes {} and {} differ", from.shape(), to.shape());
  if (to.numel() == 0) return;
  if (from.dtype() == to.dtype()) {
    std::size_t size = size_of(from.dtype());
    if (from.is_contiguous() && to.is_contiguous()) {
      check_status(cudaMemcpyAsync(to.raw(), from.raw(), static_cast<std::size_t>(to.numel()) * size,
                                   cudaMemcpyDeviceToDevice, stream()),
                   "copying");
      return;
    }
    return visit_word(from.dtype(), [&]<class Word>() { move<Word>(from, to); });
  }
  if (convert_linear<float, bf16>(from, to) || convert_linear<bf16, float>(from, to)) return;
  // float holds the half types, double every floating one, and int64 the whole numbers.
  auto in_float = [](DType d) { return is_floating(d) && d != float64; };
  if (in_float(from.dtype()) && in_float(to.dtype())) convert<float>(from, to);
  else if (!is_floating(from.dtype()) && !is_floating(to.dtype())) convert<std::int64_t>(from, to);
  else convert<double>(from, to);
}

// ---- filling ---------------------------------------------------------------------------------------------------

__global__ void fill_kernel(const StridedOperands<1> x, double value) {
  for (std::int64_t i = global_thread(); i < x.numel; i += global_threads()) {
    store(x.data[0], x.dtypes[0], x.offset(0, i), value);
  }
}

void fill_cuda(const Tensor& out, double value) {
  if (out.numel() == 0) return;
  StridedOperands<1> operands(out, {});
  launch(fill_kernel, blocks_for(operands.numel), block_threads, 0, operands, value);
}

/// Element i is the number of its own block of Philox.
template <class Number>
__global__ void random_kernel(const StridedOperands<1> x, Number number, std::uint64_t seed, std::uint64_t first,
                              std::uint64_t stream, const std::uint64_t* replayed) {
  if (replayed) first += *replayed;
  for (std::int64_t i = global_thread(); i < x.numel; i += global_threads()) {
    store(x.data[0], x.dtypes[0], x.offset(0, i), number(Philox(seed, first + static_cast<std::uint64_t>(i), stream)));
  }
}

template <class Number> void fill_random(const Tensor& out, const Number& number, Generator& generator) {
  check(is_floating(out.dtype()), "random numbers: need a floating tensor, not {}", describe(out));
  std::uint64_t first = generator.reserve(static_cast<std::uint64_t>(out.numel()));
  if (out.numel() == 0) return;
  StridedOperands<1> operands(out, {});
  launch(random_kernel<Number>, blocks_for(operands.numel), block_threads, 0, operands, number, generator.seed(), first,
         generator.stream(), generator.replayed());
}

void fill_uniform_cuda(const Tensor& out, double low, double high, Generator& generator) {
  fill_random(out, uniform_number(low, high, out.dtype()), generator);
}

void fill_normal_cuda(const Tensor& out, double mean, double deviation, Generator& generator) {
  fill_random(out, NormalNumber{mean, deviation}, generator);
}

// ---- between devices -------------------------------------------------------------------------------------------

void transfer_cuda(const Tensor& from, const Tensor& to) {
  std::size_t bytes = static_cast<std::size_t>(from.numel()) * size_of(from.dtype());
  if (bytes == 0) return;
  const bool up = to.device().type == DeviceType::cuda;
  check(!adora::cuda::recording(), "a copy between the CPU and the device can't be recorded in a graph: copy before");
  // Memory that is not pinned has been read when the call returns.
  check_status(
      cudaMemcpyAsync(to.raw(), from.raw(), bytes, up ? cudaMemcpyHostToDevice : cudaMemcpyDeviceToHost, stream()),
      up ? "copying to the device" : "copying from the device");
  if (!up) synchronize();
}

[[maybe_unused]] const bool registered = [] {
  transfer_between = transfer_cuda;
  return copy.on(DeviceType::cuda, copy_cuda) && fill.on(DeviceType::cuda, fill_cuda) &&
         fill_uniform.on(DeviceType::cuda, fill_uniform_cuda) && fill_normal.on(DeviceType::cuda, fill_normal_cuda);
}();

}  // namespace
}  // namespace adora::backends::cuda
