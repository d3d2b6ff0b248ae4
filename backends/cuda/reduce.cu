#include "../reduce.h"

#include <algorithm>
#include <limits>

#include "../strided.h"
#include "device_code.h"
#include "packs.h"

namespace adora::backends::cuda {
namespace {

/// The type one element is joined in, and the one that short runs of elements are joined in.
template <class T> using Narrow = std::conditional_t<std::is_integral_v<T>, std::int64_t, Compute<T>>;
template <class T> using Wide = std::conditional_t<std::is_integral_v<T>, std::int64_t, double>;

/// Σ x or Σ x².
struct Adding {
  bool squares;
  template <class C> static __device__ C start() { return C(0); }
  template <class C> __device__ C of(C x) const { return squares ? x * x : x; }
  template <class C> static __device__ C finish(C sum) { return sum; }
  template <class C> __device__ C operator()(C a, C b) const { return a + b; }
};

/// The largest element, or the smallest as the largest of what is turned round.
struct Choosing {
  bool smallest;
  template <class C> static __device__ C start() {
    if constexpr (std::numeric_limits<C>::has_infinity) return -std::numeric_limits<C>::infinity();
    else return std::numeric_limits<C>::lowest();
  }
  template <class C> __device__ C of(C x) const {
    if constexpr (std::is_integral_v<C>) return smallest ? ~x : x;
    else return smallest ? -x : x;
  }
  template <class C> __device__ C finish(C best) const { return of(best); }
  template <class C> __device__ C operator()(C a, C b) const { return Larger()(a, b); }
};

/// Places in a tensor, walked in order.
struct Steps {
  std::int64_t numel = 1;
  int dims = 1;
  std::int64_t sizes[Shape::max_size] = {1}, strides[Shape::max_size] = {};

  Steps() = default;
  Steps(const StridedWalk& walk, int operand) : numel(walk.numel), dims(walk.shape.size()) {
    for (int d = 0; d < dims; ++d) sizes[d] = walk.shape[d], strides[d] = walk.strides[operand][d];
  }
  static Steps linear(std::int64_t n) {
    Steps steps;
    steps.numel = steps.sizes[0] = n, steps.strides[0] = 1;
    return steps;
  }

  __host__ std::int64_t last_stride() const { return strides[dims - 1]; }

  __device__ std::int64_t offset(std::int64_t i) const {
    if (dims == 1) return i * strides[0];
    std::int64_t offset = 0;
    if (numel <= 0xffffffffLL) {  // 32-bit divisions are several times as fast
      auto rest = static_cast<unsigned>(i);
#pragma unroll 1
      for (int d = dims - 1; d > 0; --d) {
        auto size = static_cast<unsigned>(sizes[d]);
        offset += static_cast<std::int64_t>(rest % size) * strides[d];
        rest /= size;
      }
      return offset + static_cast<std::int64_t>(rest) * strides[0];
    }
#pragma unroll 1
    for (int d = dims - 1; d > 0; --d) {
      offset += i % sizes[d] * strides[d];
      i /= sizes[d];
    }
    return offset + i * strides[0];
  }
};

/// A reduction: each of the `kept` places gets one result, of the elements at the `reduced` places. These are divided
/// into gridDim.y parts, whose results lie one behind the other, `kept.numel` apart.
struct Task {
  Steps kept, kept_out, reduced;
  void* out;
  DType out_type;
  std::int64_t each;  ///< reduced elements of a part
};

/// Groups of `width` elements number first, first + step, … below end of what goes into one result.
template <class T, int width, class Join>
__device__ Wide<T> reduce_run(const Join& join, const T* x, const Steps& reduced, std::int64_t first, std::int64_t end,
                              std::int64_t step) {
  using C = Narrow<T>;
  using Group = std::conditional_t<width == 4, Four<T>, T>;
  constexpr int in_flight = sizeof(Group) > 16 ? 2 : 4;  // reads that wait for memory at once
  Wide<T> total = Join::template start<Wide<T>>();
  for (std::int64_t i = first; i < end; i += in_flight * step) {
    Group group[in_flight];
#pragma unroll
    for (int k = 0; k < in_flight; ++k) {
      if (i + k * step < end) group[k] = *reinterpret_cast<const Group*>(x + reduced.offset((i + k * step) * width));
    }
    C part = Join::template start<C>();
#pragma unroll
    for (int k = 0; k < in_flight; ++k) {
      if (i + k * step >= end) continue;
      if constexpr (width == 1) {
        part = join(part, join.of(static_cast<C>(group[k])));
      } else {
#pragma unroll
        for (int l = 0; l < width; ++l) part = join(part, join.of(static_cast<C>(group[k].value[l])));
      }
    }
    total = join(total, static_cast<Wide<T>>(part));
  }
  return total;
}

/// Each result by `lanes` threads side by side, up to a warp's or all of the block's, that read neighbors: for reduced
/// dimensions that are the inner ones. With `fours` four elements are read at once.
template <class T, class Join>
__global__ void reduce_rows_kernel(const Join join, const T* x, const Task task, int lanes, bool fours) {
  using W = Wide<T>;
  const std::int64_t width = fours ? 4 : 1, begin = blockIdx.y * task.each;
  const std::int64_t end = (begin + task.each < task.reduced.numel ? begin + task.each : task.reduced.numel) / width;
  const int lane = static_cast<int>(threadIdx.x) % lanes, together = static_cast<int>(blockDim.x) / lanes;
  for (std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * together; first < task.kept.numel;
       first += static_cast<std::int64_t>(gridDim.x) * together) {
    const std::int64_t result = first + static_cast<int>(threadIdx.x) / lanes;
    W total = Join::template start<W>();
    if (result < task.kept.numel) {
      const T* from = x + task.kept.offset(result);
      total = fours ? reduce_run<T, 4>(join, from, task.reduced, begin / width + lane, end, lanes)
                    : reduce_run<T, 1>(join, from, task.reduced, begin + lane, end, lanes);
    }
    if (lanes > 32) {
      total = block_reduce(total, Join::template start<W>(), join);
    } else {
      for (int bits = lanes / 2; bits > 0; bits /= 2) {
        W other = __shfl_xor_sync(all_lanes, total, bits);
        total = (lane & bits) ? join(other, total) : join(total, other);
      }
    }
    if (lane == 0 && result < task.kept.numel) {
      store(task.out, task.out_type, blockIdx.y * task.kept.numel + task.kept_out.offset(result), join.finish(total));
    }
  }
}

/// Neighboring threads take neighboring results, `columns` (a power of two) of them, the block's others further
/// elements: for kept dimensions that are the inner ones.
template <class T, class Join>
__global__ void reduce_columns_kernel(const Join join, const T* x, const Task task, int columns) {
  using W = Wide<T>;
  __shared__ W totals[block_threads];
  const int thread = static_cast<int>(threadIdx.x), rows = block_threads / columns, row = thread / columns;
  const std::int64_t begin = blockIdx.y * task.each;
  const std::int64_t end = begin + task.each < task.reduced.numel ? begin + task.each : task.reduced.numel;
  for (std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * columns; first < task.kept.numel;
       first += static_cast<std::int64_t>(gridDim.x) * columns) {
    const std::int64_t result = first + thread % columns;
    W total = Join::template start<W>();
    if (result < task.kept.numel) {
      total = reduce_run<T, 1>(join, x + task.kept.offset(result), task.reduced, begin + row, end, rows);
    }
    __syncthreads();  // the totals of the round before have been read
    totals[thread] = total;
    for (int half = rows / 2; half > 0; half /= 2) {
      __syncthreads();
      if (row < half) totals[thread] = join(totals[thread], totals[thread + half * columns]);
    }
    if (row == 0 && result < task.kept.numel) {
      store(task.out, task.out_type, blockIdx.y * task.kept.numel + task.kept_out.offset(result),
            join.finish(totals[thread]));
    }
  }
}

/// x's dimensions sorted into kept and reduced ones, those with small strides last.
struct Plan {
  Task task{};

  Plan(const Tensor& x, const Tensor& out) {
    Layout kept, kept_out, reduced;
    int order[Shape::max_size];
    for (int d = 0; d < x.ndim(); ++d) order[d] = d;
    std::stable_sort(order, order + x.ndim(), [&](int a, int b) { return x.strides()[a] > x.strides()[b]; });
    for (int i = 0; i < x.ndim(); ++i) {
      const int d = order[i];
      if (x.shape()[d] == 1) continue;
      Layout& side = out.shape()[d] == 1 ? reduced : kept;
      side.shape.push_back(x.shape()[d]), side.strides.push_back(x.strides()[d]);
      if (&side == &kept) kept_out.strides.push_back(out.strides()[d]);
    }
    kept_out.shape = kept.shape;
    const Layout *both[] = {&kept, &kept_out}, *one[] = {&reduced};
    const StridedWalk results(both), elements(one);
    task.kept = Steps(results, 0), task.kept_out = Steps(results, 1), task.reduced = Steps(elements, 0);
    task.out = out.raw(), task.out_type = out.dtype(), task.each = task.reduced.numel;
  }

  /// Whether neighboring results lie closer together in memory than the elements that go into one result.
  bool columns() const {
    if (task.kept.numel == 1) return false;
    return task.reduced.numel <= 1 || task.kept.last_stride() < task.reduced.last_stride();
  }
};

/// Whether the elements of each result can be read in aligned groups of four.
template <class T> bool in_fours(const T* x, const Task& task) {
  const Steps& reduced = task.reduced;
  bool fits = reduced.last_stride() == 1 && reduced.sizes[reduced.dims - 1] % 4 == 0 &&
              reinterpret_cast<std::uintptr_t>(x) % alignof(Four<T>) == 0;
  for (int d = 0; d + 1 < reduced.dims; ++d) fits = fits && reduced.strides[d] % 4 == 0;
  for (int d = 0; d < task.kept.dims; ++d) fits = fits && task.kept.strides[d] % 4 == 0;
  return fits;
}

std::int64_t parts_of(std::int64_t n, std::int64_t each) { return (n + each - 1) / each; }

int power_of_two(std::int64_t from, int most) {
  int n = 1;
  while (n < most && n < from) n *= 2;
  return n;
}

template <class T, class Join> void run(const Join& join, const T* x, Task task, bool columns) {
  const std::int64_t results = task.kept.numel, elements = task.reduced.numel;
  const bool fours = !columns && in_fours(x, task);
  // The number of results of a block, and the smallest number of elements that is worth a block.
  int side = power_of_two(results, 32), lanes = power_of_two(elements / (fours ? 4 : 1), 32);
  if (elements >= 2048) lanes = block_threads;
  const std::int64_t least = columns ? block_threads / side * 16 : 16 * block_threads;
  const std::int64_t blocks =
      std::min<std::int64_t>(parts_of(results, columns ? side : block_threads / lanes), 1 << 30);
  // Where the results alone do not occupy the device, the elements of each are shared out, and joined in a second pass.
  const std::int64_t wanted = std::int64_t{device_properties().multiprocessors} * 8;
  std::int64_t parts = std::clamp<std::int64_t>(std::min(wanted / blocks, elements / least), 1, 1024);
  task.each = (parts_of(std::max<std::int64_t>(elements, 1), parts) + 3) / 4 * 4;
  parts = parts_of(std::max<std::int64_t>(elements, 1), task.each);

  Task first = task;
  Tensor partial;
  if (parts > 1) {
    partial = empty({parts, results}, dtype_of<Wide<T>>(), cuda_device);
    first.kept_out = Steps::linear(results), first.out = partial.raw(), first.out_type = partial.dtype();
  }
  const dim3 grid(static_cast<unsigned>(blocks), static_cast<unsigned>(parts));
  if (columns) launch(reduce_columns_kernel<T, Join>, grid, block_threads, 0, join, x, first, side);
  else launch(reduce_rows_kernel<T, Join>, grid, block_threads, 0, join, x, first, lanes, fours);
  if (parts == 1) return;

  Join again = join;
  if constexpr (std::is_same_v<Join, Adding>) again.squares = false;
  task.kept = Steps::linear(results), task.reduced = Steps::linear(parts), task.reduced.strides[0] = results;
  task.each = parts;
  const dim3 all(static_cast<unsigned>(std::min<std::int64_t>(parts_of(results, side), 1 << 30)));
  launch(reduce_columns_kernel<Wide<T>, Join>, all, block_threads, 0, again, partial.data<Wide<T>>(), task, side);
}

template <class Join> void reduce_by(const Join& join, const Tensor& x, const Tensor& out) {
  const Plan plan(x, out);
  auto as = [&]<class T>() { run<T>(join, static_cast<const T*>(x.raw()), plan.task, plan.columns()); };
  // A bool is a byte that is 0 or 1.
  if (x.dtype() == boolean) as.template operator()<std::uint8_t>();
  else
    visit(x.dtype(),
          [&]<class T>() { as.template operator()<std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, T>>(); });
}

void reduce_cuda(const Tensor& x, const Tensor& out, ReduceOp reduction) {
  if (out.numel() == 0) return;
  switch (reduction) {
    case ReduceOp::sum: return reduce_by(Adding{false}, x, out);
    case ReduceOp::sum_of_squares: return reduce_by(Adding{true}, x, out);
    case ReduceOp::max: return reduce_by(Choosing{false}, x, out);
    case ReduceOp::min: return reduce_by(Choosing{true}, x, out);
  }
}

[[maybe_unused]] const bool registered = reduce.on(DeviceType::cuda, reduce_cuda);

}  // namespace
}  // namespace adora::backends::cuda
