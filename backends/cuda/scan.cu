#include "../scan.h"

#include "../scan_formula.h"
#include "device_code.h"

namespace adora::backends::cuda {
namespace {

/// The rows of a tensor of any dtype, read and written as W: double or int64.
template <class W> struct Numbers {
  Rows<const char> rows;  // for the places; load and store know the dtype
  void* data;
  DType dtype;

  explicit Numbers(const Tensor& x) : rows(x), data(x.raw()), dtype(x.dtype()) {}
  __device__ std::int64_t place(std::int64_t row, std::int64_t i) const {
    return rows.row(row) - rows.data + i * rows.stride;
  }
  __device__ W read(std::int64_t row, std::int64_t i) const { return load<W>(data, dtype, place(row, i)); }
  __device__ void write(std::int64_t row, std::int64_t i, W value) const { store(data, dtype, place(row, i), value); }
};

// Each scan: the state of one element, how the states of two runs that follow one another become one, and what is
// written of it. `at` counts from the end that the scan begins at.

/// The element of a row that is number `at` from that end.
__device__ std::int64_t from_end(std::int64_t at, std::int64_t length, bool reverse) {
  return reverse ? length - 1 - at : at;
}

template <class W, bool multiplies> struct RunningTotal {
  using State = W;
  Numbers<W> x, out;
  std::int64_t rows, length;
  bool reverse;

  __device__ State read(std::int64_t row, std::int64_t at) const { return x.read(row, from_end(at, length, reverse)); }
  __device__ static State join(State a, State b) { return multiplies ? wrapping_product(a, b) : wrapping_sum(a, b); }
  __device__ void write(std::int64_t row, std::int64_t at, State state) const {
    out.write(row, from_end(at, length, reverse), state);
  }
};

template <class W> struct Linear {
  W factor, sum;  ///< a run makes factor·h + sum of the h before it
};

template <class W> struct Recurrence {
  using State = Linear<W>;
  Numbers<W> a, b, out;
  std::int64_t rows, length;
  bool reverse;

  __device__ State read(std::int64_t row, std::int64_t at) const {
    const std::int64_t i = from_end(at, length, reverse);
    return {a.read(row, i), b.read(row, i)};
  }
  __device__ static State join(State f, State g) {
    return {wrapping_product(g.factor, f.factor), wrapping_sum(wrapping_product(g.factor, f.sum), g.sum)};
  }
  __device__ void write(std::int64_t row, std::int64_t at, State state) const {
    out.write(row, from_end(at, length, reverse), state.sum);
  }
};

template <class W> struct Best {
  W value;
  std::int64_t place;
};

template <class W, bool smallest> struct RunningBest {
  using State = Best<W>;
  Numbers<W> x;
  Numbers<std::int64_t> out;
  std::int64_t rows, length;

  __device__ State read(std::int64_t row, std::int64_t at) const { return {x.read(row, at), at}; }
  __device__ static State join(State a, State b) { return takes_over(b.value, a.value, smallest) ? b : a; }
  __device__ void write(std::int64_t row, std::int64_t at, State state) const { out.write(row, at, state.place); }
};

/// A thread a row.
template <class Scan> __global__ void scan_rows_kernel(const Scan scan) {
  for (std::int64_t row = global_thread(); row < scan.rows; row += global_threads()) {
    typename Scan::State state = scan.read(row, 0);
    scan.write(row, 0, state);
    for (std::int64_t at = 1; at < scan.length; ++at) {
      state = Scan::join(state, scan.read(row, at));
      scan.write(row, at, state);
    }
  }
}

/// A block a row: its elements by runs of a thread each, in which every thread joins what the one before, the one two
/// before, four before and so on have joined.
template <class Scan> __global__ void scan_long_rows_kernel(const Scan scan) {
  using State = typename Scan::State;
  __shared__ State states[block_threads];
  const int t = static_cast<int>(threadIdx.x);
  for (std::int64_t row = blockIdx.x; row < scan.rows; row += gridDim.x) {
    State carried{};
    for (std::int64_t begin = 0; begin < scan.length; begin += block_threads) {
      const bool used = begin + t < scan.length;
      State state{};
      if (used) state = scan.read(row, begin + t);
      states[t] = state;
      for (int step = 1; step < block_threads; step *= 2) {
        __syncthreads();
        if (used && t >= step) state = Scan::join(states[t - step], state);
        __syncthreads();
        states[t] = state;
      }
      if (used && begin > 0) state = Scan::join(carried, state);
      if (used) scan.write(row, begin + t, state);
      __syncthreads();  // all have written what they joined in the run alone
      states[t] = state;
      __syncthreads();
      carried = states[block_threads - 1];
      __syncthreads();  // before the next run takes the places
    }
  }
}

/// Rows from this length on are worth a block each, unless there are enough of them to occupy the device anyhow.
constexpr std::int64_t long_row = 64, many_rows = 1 << 15;

template <class Scan> void run(const Scan& scan) {
  if (scan.length < long_row || scan.rows >= many_rows) {
    launch(scan_rows_kernel<Scan>, blocks_for(scan.rows), block_threads, 0, scan);
  } else {
    launch(scan_long_rows_kernel<Scan>, static_cast<unsigned>(scan.rows), block_threads, 0, scan);
  }
}

/// Calls f.template operator()<W>() with the type that numbers of a dtype are joined in.
template <class F> void visit_wide(DType dtype, F&& f) {
  if (is_floating(dtype)) f.template operator()<double>();
  else f.template operator()<std::int64_t>();
}

std::int64_t rows_of(const Tensor& x) { return x.numel() / x.size(-1); }

void scan_cuda(const Tensor& x, const Tensor& out, ScanOp op, bool reverse) {
  if (out.numel() == 0) return;
  const std::int64_t rows = rows_of(x), length = x.size(-1);
  visit_wide(x.dtype(), [&]<class W>() {
    const Numbers<W> from(x), to(out);
    if (op == ScanOp::product) run(RunningTotal<W, true>{from, to, rows, length, reverse});
    else run(RunningTotal<W, false>{from, to, rows, length, reverse});
  });
}

void linear_scan_cuda(const Tensor& a, const Tensor& b, const Tensor& out, bool reverse) {
  if (out.numel() == 0) return;
  visit_wide(a.dtype(), [&]<class W>() {
    run(Recurrence<W>{Numbers<W>(a), Numbers<W>(b), Numbers<W>(out), rows_of(a), a.size(-1), reverse});
  });
}

void scan_argmax_cuda(const Tensor& x, const Tensor& out, bool smallest) {
  if (out.numel() == 0) return;
  const std::int64_t rows = rows_of(x), length = x.size(-1);
  visit_wide(x.dtype(), [&]<class W>() {
    const Numbers<W> from(x);
    const Numbers<std::int64_t> to(out);
    if (smallest) run(RunningBest<W, true>{from, to, rows, length});
    else run(RunningBest<W, false>{from, to, rows, length});
  });
}

struct Times {
  template <class W> __device__ W operator()(W a, W b) const { return wrapping_product(a, b); }
};

/// A block a row.
template <class W> __global__ void product_kernel(const Numbers<W> x, const Numbers<W> out, std::int64_t rows) {
  for (std::int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
    W product = 1;
    for (std::int64_t i = threadIdx.x; i < x.rows.length; i += blockDim.x) {
      product = wrapping_product(product, x.read(row, i));
    }
    product = block_reduce(product, W(1), Times());
    if (threadIdx.x == 0) out.write(row, 0, product);
  }
}

void product_cuda(const Tensor& x, const Tensor& out) {
  if (out.numel() == 0) return;
  unsigned threads = 32;
  while (threads < 1024 && threads * 4 < x.size(-1)) threads *= 2;
  const std::int64_t rows = out.numel();
  const auto blocks = static_cast<unsigned>(rows < 1 << 30 ? rows : 1 << 30);
  visit_wide(x.dtype(),
             [&]<class W>() { launch(product_kernel<W>, blocks, threads, 0, Numbers<W>(x), Numbers<W>(out), rows); });
}

[[maybe_unused]] const bool registered =
    scan.on(DeviceType::cuda, scan_cuda) && linear_scan.on(DeviceType::cuda, linear_scan_cuda) &&
    scan_argmax.on(DeviceType::cuda, scan_argmax_cuda) && product.on(DeviceType::cuda, product_cuda);

}  // namespace
}  // namespace adora::backends::cuda
