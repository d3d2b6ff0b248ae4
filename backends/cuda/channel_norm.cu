#include "../channel_norm.h"

#include <algorithm>
#include <limits>

#include "../basic.h"
#include "../math.h"
#include "device_code.h"

/// Everything here is done on contiguous numbers [N, C, S]; other layouts are copied.
namespace adora::backends::cuda {
namespace {

/// Rows of numbers that are added up: row r has `count` of them. They lie side by side; or, with `across`, in runs of
/// `each` that are `across` apart, one run of each of the N.
struct SumRows {
  std::int64_t rows, count, each, across;
  __device__ std::int64_t offset(std::int64_t r, std::int64_t i) const {
    return across ? i / each * across + r * each + i % each : r * count + i;
  }
  /// How many rows a block of threads adds up: neighboring threads are to read neighbors.
  int side() const { return (across ? each : count) < 32 ? 32 : 1; }
};

/// The sum of a column's values, in a block of [lanes, side] threads in which column = thread % side. All threads must
/// call it; those of a column get one result.
__device__ double column_sum(double value, double* totals, int side) {
  const int thread = static_cast<int>(threadIdx.x), column = thread % side;
  totals[thread] = value;
  for (int half = block_threads / side / 2; half > 0; half /= 2) {
    __syncthreads();
    if (thread / side < half) totals[thread] += totals[thread + half * side];
  }
  __syncthreads();
  const double total = totals[column];
  __syncthreads();  // it was read before the next sum is written
  return total;
}

/// mean and variance [rows] of the rows of x. In double, since squares may leave float's range.
template <class T>
__global__ void moments_kernel(const T* x, const SumRows of, int side, double* mean, double* variance) {
  __shared__ double totals[block_threads];
  const int lane = static_cast<int>(threadIdx.x) / side, lanes = block_threads / side;
  for (std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * side; first < of.rows;
       first += static_cast<std::int64_t>(gridDim.x) * side) {
    const std::int64_t r = first + static_cast<int>(threadIdx.x) % side;
    double sum = 0, squares = 0;
    for (std::int64_t i = lane; r < of.rows && i < of.count; i += lanes)
      sum += static_cast<double>(static_cast<Compute<T>>(x[of.offset(r, i)]));
    const double m = column_sum(sum, totals, side) / static_cast<double>(of.count);
    for (std::int64_t i = lane; r < of.rows && i < of.count; i += lanes) {
      const double apart = static_cast<double>(static_cast<Compute<T>>(x[of.offset(r, i)])) - m;
      squares += apart * apart;
    }
    const double total = column_sum(squares, totals, side);
    if (lane == 0 && r < of.rows) mean[r] = m, variance[r] = total / static_cast<double>(of.count);
  }
}

/// Which mean and variance plane p of [N·C, S] has: number p / width, or that of its channel p % channels where width
/// is 0; and its channel.
struct Planes {
  std::int64_t numel, channels, each, width;
  template <class I> __device__ I plane(I i) const { return i / static_cast<I>(each); }
  template <class I> __device__ I channel(I plane) const { return plane % static_cast<I>(channels); }
  template <class I> __device__ I moments(I plane) const {
    return width ? plane / static_cast<I>(width) : channel(plane);
  }
  /// 32-bit divisions are several times as fast.
  bool narrow() const { return numel <= std::numeric_limits<std::int32_t>::max(); }
};

template <class C> __device__ C scale_of(double variance, double eps) {
  return static_cast<C>(1 / math::sqrt(variance + eps));
}

/// y = (x - mean)·scale·weight + bias; weight and bias are null for ones and zeros.
template <class T, class I>
__global__ void apply_kernel(const T* x, const Planes of, const double* mean, const double* variance, const T* weight,
                             const T* bias, T* y, double eps) {
  using C = Compute<T>;
  for (std::int64_t at = global_thread(); at < of.numel; at += global_threads()) {
    const I i = static_cast<I>(at), plane = of.plane(i), c = of.channel(plane), r = of.moments(plane);
    const C factor = scale_of<C>(variance[r], eps) * (weight ? static_cast<C>(weight[c]) : C(1));
    const C shift = bias ? static_cast<C>(bias[c]) : C(0);
    y[i] = T((static_cast<C>(x[i]) - static_cast<C>(mean[r])) * factor + shift);
  }
}

/// by_g[r] = Σ g and by_gz[r] = Σ g·z of the rows, where row r has mean and variance number r / width.
template <class T>
__global__ void gradient_sums_kernel(const T* x, const T* g, const SumRows of, int side, const double* mean,
                                     const double* variance, std::int64_t width, double* by_g, double* by_gz,
                                     double eps) {
  using C = Compute<T>;
  __shared__ double totals[block_threads];
  const int lane = static_cast<int>(threadIdx.x) / side, lanes = block_threads / side;
  for (std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * side; first < of.rows;
       first += static_cast<std::int64_t>(gridDim.x) * side) {
    const std::int64_t r = first + static_cast<int>(threadIdx.x) % side;
    double sum = 0, with_z = 0;
    if (r < of.rows) {
      const C m = static_cast<C>(mean[r / width]), s = scale_of<C>(variance[r / width], eps);
      for (std::int64_t i = lane; i < of.count; i += lanes) {
        const std::int64_t offset = of.offset(r, i);
        const C up = static_cast<C>(g[offset]), z = (static_cast<C>(x[offset]) - m) * s;
        sum += static_cast<double>(up), with_z += static_cast<double>(up * z);
      }
    }
    sum = column_sum(sum, totals, side), with_z = column_sum(with_z, totals, side);
    if (lane == 0 && r < of.rows) by_g[r] = sum, by_gz[r] = with_z;
  }
}

/// mean_h[r] and mean_hz[r] [rows]: the sums of the `width` channels of row r, times their weights, over `count`. Row r
/// begins at channel r % groups · width.
template <class T>
__global__ void means_kernel(const double* by_g, const double* by_gz, const T* weight, std::int64_t rows,
                             std::int64_t groups, std::int64_t width, double count, double* mean_h, double* mean_hz) {
  for (std::int64_t r = global_thread(); r < rows; r += global_threads()) {
    double h = 0, hz = 0;
    for (std::int64_t k = 0; k < width; ++k) {
      const double w = weight ? static_cast<double>(static_cast<Compute<T>>(weight[r % groups * width + k])) : 1;
      h += w * by_g[r * width + k], hz += w * by_gz[r * width + k];
    }
    mean_h[r] = h / count, mean_hz[r] = hz / count;
  }
}

/// dx = scale·(g·weight - mean_h - z·mean_hz); without mean_h the last two are 0.
template <class T, class I>
__global__ void dx_kernel(const T* x, const T* g, const Planes of, const double* mean, const double* variance,
                          const T* weight, const double* mean_h, const double* mean_hz, T* dx, double eps) {
  using C = Compute<T>;
  for (std::int64_t at = global_thread(); at < of.numel; at += global_threads()) {
    const I i = static_cast<I>(at), plane = of.plane(i), r = of.moments(plane);
    const C s = scale_of<C>(variance[r], eps);
    C h = static_cast<C>(g[i]);
    if (weight) h *= static_cast<C>(weight[of.channel(plane)]);
    if (mean_h) {
      const C z = (static_cast<C>(x[i]) - static_cast<C>(mean[r])) * s;
      h -= static_cast<C>(mean_h[r]) + z * static_cast<C>(mean_hz[r]);
    }
    dx[i] = T(s * h);
  }
}

/// out[c] = Σ_n part[n, c].
template <class T>
__global__ void channel_sums_kernel(const double* part, std::int64_t rows, std::int64_t channels, T* out) {
  for (std::int64_t c = global_thread(); c < channels; c += global_threads()) {
    double sum = 0;
    for (std::int64_t n = 0; n < rows; ++n) sum += part[n * channels + c];
    out[c] = T(static_cast<Compute<T>>(sum));
  }
}

/// running[c] = (1 - momentum)·running[c] + momentum·factor·mean over rows of from[row, c].
__global__ void running_kernel(void* running, DType dtype, std::int64_t stride, const double* from, std::int64_t rows,
                               std::int64_t channels, double momentum, double factor) {
  for (std::int64_t c = global_thread(); c < channels; c += global_threads()) {
    double sum = 0;
    for (std::int64_t r = 0; r < rows; ++r) sum += from[r * channels + c];
    const double now = load<double>(running, dtype, c * stride);
    store(running, dtype, c * stride, (1 - momentum) * now + momentum * factor * sum / static_cast<double>(rows));
  }
}

// ---- the host's side -------------------------------------------------------------------------------------------

/// x [N, C, S] and how its numbers are shared out.
struct Sizes {
  std::int64_t batch, channels, each, groups, width;
  Sizes(const Tensor& x, std::int64_t groups)
      : batch(x.size(0)),
        channels(x.size(1)),
        each(x.size(2)),
        groups(groups),
        width(groups > 0 ? channels / groups : 0) {}
  std::int64_t numel() const { return batch * channels * each; }
  /// That share a mean and a variance.
  SumRows moments() const {
    return groups > 0 ? SumRows{batch * groups, width * each, each, 0}
                      : SumRows{channels, batch * each, each, channels * each};
  }
  /// Of a channel, in each of the N where these have means of their own.
  SumRows sums() const { return groups > 0 ? SumRows{batch * channels, each, each, 0} : moments(); }
  Planes planes() const { return {numel(), channels, each, width}; }
};

unsigned blocks_of(const SumRows& rows) {
  return static_cast<unsigned>(std::min<std::int64_t>((rows.rows + rows.side() - 1) / rows.side(), 1 << 30));
}

Tensor packed(const Tensor& x) { return x.defined() ? contiguous(x) : x; }
template <class T> T* data_of(const Tensor& x) { return x.defined() ? x.data<T>() : nullptr; }

Tensor as_double(const Tensor& x) {
  Tensor wide = empty(x.shape(), float64, x.device());
  copy(x, wide);
  return wide;
}

template <class T>
void apply(const Tensor& x, const Sizes& of, const Tensor& mean, const Tensor& variance, const Tensor& weight,
           const Tensor& bias, const Tensor& y, double eps) {
  const Planes planes = of.planes();
  const Tensor w = packed(weight), b = packed(bias);
  auto run = [&](auto* kernel) {
    launch(kernel, blocks_for(planes.numel), block_threads, 0, x.data<T>(), planes, mean.data<double>(),
           variance.data<double>(), data_of<T>(w), data_of<T>(b), y.data<T>(), eps);
  };
  if (planes.narrow()) run(apply_kernel<T, std::uint32_t>);
  else run(apply_kernel<T, std::int64_t>);
}

void channel_norm_cuda(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& y, const Tensor& mean,
                       const Tensor& variance, std::int64_t groups, double eps) {
  if (x.numel() == 0) return;
  const Tensor in = packed(x);
  const Sizes of(x, groups);
  const SumRows rows = of.moments();
  visit_floating("channel_norm", x.dtype(), [&]<class T>() {
    launch(moments_kernel<T>, blocks_of(rows), block_threads, 0, in.data<T>(), rows, rows.side(), mean.data<double>(),
           variance.data<double>());
    apply<T>(in, of, mean, variance, weight, bias, y, eps);
  });
}

void channel_affine_cuda(const Tensor& x, const Tensor& mean, const Tensor& variance, const Tensor& weight,
                         const Tensor& bias, const Tensor& y, double eps) {
  if (x.numel() == 0) return;
  const Tensor in = packed(x), means = as_double(mean), variances = as_double(variance);
  visit_floating("channel_norm", x.dtype(),
                 [&]<class T>() { apply<T>(in, Sizes(x, 0), means, variances, weight, bias, y, eps); });
}

template <class T>
void gradients(const Tensor& x, const Sizes& of, const Tensor& mean, const Tensor& variance, const Tensor& weight,
               const Tensor& g, const Tensor& dx, const Tensor& dweight, const Tensor& dbias, bool given, double eps) {
  const Tensor w = packed(weight);
  const SumRows sums = of.sums(), moments = of.moments();
  const std::int64_t width = std::max<std::int64_t>(of.width, 1);
  Tensor by_g, by_gz, mean_h, mean_hz;
  auto numbers = [&](std::int64_t n) { return empty({n}, float64, x.device()); };
  if (dweight.defined() || dbias.defined() || (dx.defined() && !given)) {
    by_g = numbers(sums.rows), by_gz = numbers(sums.rows);
    launch(gradient_sums_kernel<T>, blocks_of(sums), block_threads, 0, x.data<T>(), g.data<T>(), sums, sums.side(),
           mean.data<double>(), variance.data<double>(), width, by_g.data<double>(), by_gz.data<double>(), eps);
  }
  for (const auto& [from, out] : {std::pair(by_gz, dweight), std::pair(by_g, dbias)}) {
    if (!out.defined()) continue;
    launch(channel_sums_kernel<T>, blocks_for(of.channels, 64), 64, 0, from.template data<double>(),
           sums.rows / of.channels, of.channels, out.template data<T>());
  }
  if (!dx.defined()) return;
  if (!given) {
    mean_h = numbers(moments.rows), mean_hz = numbers(moments.rows);
    launch(means_kernel<T>, blocks_for(moments.rows, 64), 64, 0, by_g.data<double>(), by_gz.data<double>(),
           data_of<T>(w), moments.rows, of.groups > 0 ? of.groups : of.channels, width,
           static_cast<double>(moments.count), mean_h.data<double>(), mean_hz.data<double>());
  }
  const Planes planes = of.planes();
  auto run = [&](auto* kernel) {
    launch(kernel, blocks_for(planes.numel), block_threads, 0, x.data<T>(), g.data<T>(), planes, mean.data<double>(),
           variance.data<double>(), data_of<T>(w), data_of<double>(mean_h), data_of<double>(mean_hz), dx.data<T>(),
           eps);
  };
  if (planes.narrow()) run(dx_kernel<T, std::uint32_t>);
  else run(dx_kernel<T, std::int64_t>);
}

void backward(const Tensor& x, const Sizes& of, const Tensor& mean, const Tensor& variance, const Tensor& weight,
              const Tensor& g, const Tensor& dx, const Tensor& dweight, const Tensor& dbias, bool given, double eps) {
  if (x.numel() == 0) {
    for (const Tensor& out : {dweight, dbias}) {
      if (out.defined()) fill(out, 0);
    }
    return;
  }
  const Tensor in = packed(x), up = packed(g);
  visit_floating("channel_norm", x.dtype(),
                 [&]<class T>() { gradients<T>(in, of, mean, variance, weight, up, dx, dweight, dbias, given, eps); });
}

void channel_norm_backward_cuda(const Tensor& x, const Tensor& weight, const Tensor& mean, const Tensor& variance,
                                const Tensor& g, const Tensor& dx, const Tensor& dweight, const Tensor& dbias,
                                std::int64_t groups, double eps) {
  backward(x, Sizes(x, groups), mean, variance, weight, g, dx, dweight, dbias, false, eps);
}

void channel_affine_backward_cuda(const Tensor& x, const Tensor& mean, const Tensor& variance, const Tensor& weight,
                                  const Tensor& g, const Tensor& dx, const Tensor& dweight, const Tensor& dbias,
                                  double eps) {
  backward(x, Sizes(x, 0), as_double(mean), as_double(variance), weight, g, dx, dweight, dbias, true, eps);
}

void update_running_cuda(const Tensor& running_mean, const Tensor& running_var, const Tensor& mean,
                         const Tensor& variance, double momentum, double correction) {
  const std::int64_t rows = mean.size(0), channels = mean.size(1);
  auto update = [&](const Tensor& running, const Tensor& from, double factor) {
    launch(running_kernel, blocks_for(channels, 64), 64, 0, running.raw(), running.dtype(), running.strides()[0],
           from.data<double>(), rows, channels, momentum, factor);
  };
  update(running_mean, mean, 1), update(running_var, variance, correction);
}

[[maybe_unused]] const bool registered = channel_norm.on(DeviceType::cuda, channel_norm_cuda) &&
                                         channel_norm_backward.on(DeviceType::cuda, channel_norm_backward_cuda) &&
                                         channel_affine.on(DeviceType::cuda, channel_affine_cuda) &&
                                         channel_affine_backward.on(DeviceType::cuda, channel_affine_backward_cuda) &&
                                         update_running.on(DeviceType::cuda, update_running_cuda);

}  // namespace
}  // namespace adora::backends::cuda
