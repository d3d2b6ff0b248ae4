#include "../normalize.h"

#include <algorithm>

#include "../math.h"
#include "device_code.h"
#include "packs.h"

/// RMSNorm is LayerNorm with a mean of 0 and without the bias: one set of kernels has both.
namespace adora::backends::cuda {
namespace {

// ---- forward ---------------------------------------------------------------------------------------------------

/// The arguments of norm_kernel: x, update, sum and y [rows, n], weight and bias [n], mean and scale [rows].
template <class T> struct NormTask {
  Rows<const T> x, update, weight, bias;
  Rows<T> sum, y;
  Compute<T>*mean, *scale;
};

/// y = (x - mean)·scale·weight + bias with scale = 1/√(mean((x - mean)²) + eps), a block a row; where there is an
/// update, of sum = x + update in place of x. Without `centred` there is no bias and no mean. With `keep` shared memory
/// has room for a row. Each thread sees again only what it put there, or into the sum.
template <class T, int V> __global__ void norm_kernel(const NormTask<T> task, double eps, bool centred, bool keep) {
  using C = Compute<T>;
  const auto& [x, update, weight, bias, total, y, mean, scale] = task;
  auto* kept = dynamic_shared<Pack<C, V>>();
  const std::int64_t packs = x.length / V;
  const C n = static_cast<C>(x.length);
  for (std::int64_t r = blockIdx.x; r < x.count; r += gridDim.x) {
    const T* in = x.row(r);
    std::int64_t stride = x.stride;
    const T* more = update.data ? update.row(r) : nullptr;
    T* to = update.data ? total.row(r) : nullptr;
    C sum = 0, squares = 0;
    for (std::int64_t p = threadIdx.x; p < packs; p += blockDim.x) {
      Pack<C, V> now = read<V>(in, stride, p);
      if (more) {
        const Pack<C, V> add = read<V>(more, update.stride, p);
#pragma unroll
        for (int k = 0; k < V; ++k) now.value[k] = static_cast<C>(T(now.value[k] + add.value[k]));
        write<V>(to, total.stride, p, now);
      }
#pragma unroll
      for (int k = 0; k < V; ++k) sum += now.value[k], squares += now.value[k] * now.value[k];
      if (keep) kept[p] = now;
    }
    if (more) in = to, stride = total.stride;
    C m = 0;
    if (centred) {
      // The variance from the differences: Σx² - (Σx)² would cancel where the mean is large.
      m = block_sum(sum) / n;
      squares = 0;
      for (std::int64_t p = threadIdx.x; p < packs; p += blockDim.x) {
        const Pack<C, V> now = keep ? kept[p] : read<V>(in, stride, p);
#pragma unroll
        for (int k = 0; k < V; ++k) squares += (now.value[k] - m) * (now.value[k] - m);
      }
    }
    const C plain = block_sum(squares) / n + static_cast<C>(eps);
    C s = C(1) / math::sqrt(plain);
    // Where squares leave float's range, up or down, the sums are taken again in double. All threads have the same sum.
    if (sizeof(C) == sizeof(float) && !(plain >= C(0x1p-120) && plain <= C(3.402823466e38))) {
      auto wide_sum = [&](double from, bool of_squares) {
        double total = 0;
        for (std::int64_t p = threadIdx.x; p < packs; p += blockDim.x) {
          const Pack<C, V> now = keep ? kept[p] : read<V>(in, stride, p);
#pragma unroll
          for (int k = 0; k < V; ++k) {
            const double apart = static_cast<double>(now.value[k]) - from;
            total += of_squares ? apart * apart : apart;
          }
        }
        return block_sum(total) / static_cast<double>(x.length);
      };
      const double wide = centred ? wide_sum(0, false) : 0;
      m = static_cast<C>(wide);
      s = static_cast<C>(1 / math::sqrt(wide_sum(wide, true) + eps));
    }
    if (threadIdx.x == 0) {
      scale[r] = s;
      if (centred) mean[r] = m;
    }
    T* out = y.row(r);
    for (std::int64_t p = threadIdx.x; p < packs; p += blockDim.x) {
      const Pack<C, V> now = keep ? kept[p] : read<V>(in, stride, p), w = read<V>(weight.data, weight.stride, p);
      Pack<T, V> result;
      if (centred) {
        const Pack<C, V> b = read<V>(bias.data, bias.stride, p);
#pragma unroll
        for (int k = 0; k < V; ++k) result.value[k] = T((now.value[k] - m) * s * w.value[k] + b.value[k]);
      } else {
#pragma unroll
        for (int k = 0; k < V; ++k) result.value[k] = T(now.value[k] * s * w.value[k]);
      }
      *reinterpret_cast<Pack<T, V>*>(out + p * V * y.stride) = result;
    }
  }
}

// ---- the gradient for x ----------------------------------------------------------------------------------------

/// With z = (x - mean)·scale and h = g·weight: dx = scale·(h - mean(h) - z·mean(h·z)) + more, a block a row [rows, n];
/// mean(h) is left out where `mean` is null, and `more` where that is. `keep`: room for two rows.
template <class T, int V>
__global__ void norm_dx_kernel(const Rows<const T> x, const Rows<const T> weight, const Compute<T>* mean,
                               const Compute<T>* scale, const Rows<const T> g, const Rows<const T> more,
                               const Rows<T> dx, bool keep) {
  using C = Compute<T>;
  const std::int64_t packs = x.length / V;
  const C n = static_cast<C>(x.length);
  Pack<C, V>*kept_z = dynamic_shared<Pack<C, V>>(), *kept_h = kept_z + packs;
  for (std::int64_t r = blockIdx.x; r < x.count; r += gridDim.x) {
    const T *in = x.row(r), *up = g.row(r), *add = more.data ? more.row(r) : nullptr;
    const C m = mean ? mean[r] : C(0), s = scale[r];
    auto numbers = [&](std::int64_t p, Pack<C, V>& z, Pack<C, V>& h) {
      z = read<V>(in, x.stride, p), h = read<V>(up, g.stride, p);
      const Pack<C, V> w = read<V>(weight.data, weight.stride, p);
#pragma unroll
      for (int k = 0; k < V; ++k) z.value[k] = (z.value[k] - m) * s, h.value[k] *= w.value[k];
    };
    Pack<C, V> z, h;
    C sum_h = 0, sum_hz = 0;
    for (std::int64_t p = threadIdx.x; p < packs; p += blockDim.x) {
      numbers(p, z, h);
#pragma unroll
      for (int k = 0; k < V; ++k) sum_h += h.value[k], sum_hz += h.value[k] * z.value[k];
      if (keep) kept_z[p] = z, kept_h[p] = h;
    }
    const C mean_h = mean ? block_sum(sum_h) / n : C(0), mean_hz = block_sum(sum_hz) / n;
    T* out = dx.row(r);
    for (std::int64_t p = threadIdx.x; p < packs; p += blockDim.x) {
      if (keep) z = kept_z[p], h = kept_h[p];
      else numbers(p, z, h);
      Pack<C, V> result;
#pragma unroll
      for (int k = 0; k < V; ++k) result.value[k] = s * (h.value[k] - mean_h - z.value[k] * mean_hz);
      if (add) {
        const Pack<C, V> a = read<V>(add, more.stride, p);
#pragma unroll
        for (int k = 0; k < V; ++k) result.value[k] += a.value[k];
      }
      write<V>(out, dx.stride, p, result);
    }
  }
}

// ---- the gradients for weight and bias -------------------------------------------------------------------------

constexpr int columns = 32, row_lanes = 8;

/// weight_part[p, i] = Σ g[r, i]·(x[r, i] - mean[r])·scale[r] over part p of the rows, `each` of them, and
/// bias_part[p, i] = Σ g[r, i]; those that are null are not computed. Blocks of [row_lanes, columns] threads on a grid
/// of [parts, n / columns]. Runs of eight rows are added in C, the runs in double.
template <class T>
__global__ void norm_column_kernel(const Rows<const T> x, const Compute<T>* mean, const Compute<T>* scale,
                                   const Rows<const T> g, std::int64_t each, double* weight_part, double* bias_part) {
  using C = Compute<T>;
  constexpr int run = 8;
  __shared__ double weight_sums[row_lanes][columns], bias_sums[row_lanes][columns];
  const int lane = static_cast<int>(threadIdx.y), column = static_cast<int>(threadIdx.x);
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * columns + column, begin = blockIdx.y * each;
  const std::int64_t end = begin + each < x.count ? begin + each : x.count;
  double weight_sum = 0, bias_sum = 0;
  for (std::int64_t first = begin + lane; i < x.length && first < end; first += run * row_lanes) {
    C w = 0, b = 0;
#pragma unroll
    for (int k = 0; k < run; ++k) {
      const std::int64_t r = first + k * row_lanes;
      if (r >= end) continue;
      const C up = static_cast<C>(g.row(r)[i * g.stride]);
      b += up;
      if (weight_part) w += up * (static_cast<C>(x.row(r)[i * x.stride]) - (mean ? mean[r] : C(0))) * scale[r];
    }
    weight_sum += static_cast<double>(w), bias_sum += static_cast<double>(b);
  }
  weight_sums[lane][column] = weight_sum, bias_sums[lane][column] = bias_sum;
  __syncthreads();
  if (lane != 0 || i >= x.length) return;
  for (int k = 1; k < row_lanes; ++k) weight_sum += weight_sums[k][column], bias_sum += bias_sums[k][column];
  if (weight_part) weight_part[blockIdx.y * x.length + i] = weight_sum;
  if (bias_part) bias_part[blockIdx.y * x.length + i] = bias_sum;
}

/// out[i] = Σ_p part[p, i]; out [n].
template <class T> __global__ void join_parts_kernel(const double* part, std::int64_t parts, const Rows<T> out) {
  for (std::int64_t i = global_thread(); i < out.length; i += global_threads()) {
    double sum = 0;
    for (std::int64_t p = 0; p < parts; ++p) sum += part[p * out.length + i];
    out.data[i * out.stride] = T(static_cast<Compute<T>>(sum));
  }
}

// ---- the host's side -------------------------------------------------------------------------------------------

/// Calls f<T, V>(blocks, threads, bytes) with the launch that suits rows like those of x; bytes is 0 where `kept` rows
/// are too much to keep in shared memory.
template <class F>
void for_rows(const char* op, const Tensor& x, std::initializer_list<const Tensor*> others, std::int64_t kept, F&& f) {
  const std::int64_t n = x.size(-1), rows = n ? x.numel() / n : 0;
  const auto blocks = static_cast<unsigned>(std::min<std::int64_t>(rows, 1 << 30));
  visit_floating(op, x.dtype(), [&]<class T>() {
    bool fours = n % 4 == 0 && lies_in_fours<T>(x);
    for (const Tensor* other : others) fours = fours && (!other->defined() || lies_in_fours<T>(*other));
    unsigned threads = 32;
    while (threads < 1024 && threads * 8 < n / (fours ? 4 : 1)) threads *= 2;
    std::int64_t bytes = kept * n * static_cast<std::int64_t>(sizeof(Compute<T>));
    if (bytes > std::min<std::int64_t>(64 << 10, static_cast<std::int64_t>(device_properties().shared_memory) - 1024))
      bytes = 0;
    if (fours) f.template operator()<T, 4>(blocks, threads, static_cast<std::size_t>(bytes));
    else f.template operator()<T, 1>(blocks, threads, static_cast<std::size_t>(bytes));
  });
}

template <class T> Rows<T> rows_of(const Tensor& x) { return x.defined() ? Rows<T>(x) : Rows<T>(); }
template <class C> C* numbers_of(const Tensor& x) { return x.defined() ? x.data<C>() : nullptr; }

/// As `layer_norm`; as `rms_norm` where bias and mean are undefined.
void forward(const char* op, const Tensor& x, const Tensor& update, const Tensor& weight, const Tensor& bias,
             const Tensor& sum, const Tensor& y, const Tensor& mean, const Tensor& scale, double eps) {
  if (x.numel() == 0) return;
  for_rows(op, x, {&update, &weight, &bias, &sum, &y}, 1,
           [&]<class T, int V>(unsigned blocks, unsigned threads, std::size_t bytes) {
             using C = Compute<T>;
             const NormTask<T> task{Rows<const T>(x),       rows_of<const T>(update), Rows<const T>(weight),
                                    rows_of<const T>(bias), rows_of<T>(sum),          Rows<T>(y),
                                    numbers_of<C>(mean),    scale.data<C>()};
             launch(norm_kernel<T, V>, blocks, threads, bytes, task, eps, mean.defined(), bytes > 0);
           });
}

/// x [rows…, n] as a matrix, where that needs no copy: finding a row then takes no divisions.
Tensor as_matrix(const Tensor& x) {
  auto layout = x.layout().reshaped({x.numel() / x.size(-1), x.size(-1)});
  return layout ? x.with_layout(*layout) : x;
}

template <class T>
void column_sums(const Tensor& x, const Tensor& mean, const Tensor& scale, const Tensor& g, const Tensor& dweight,
                 const Tensor& dbias) {
  using C = Compute<T>;
  const std::int64_t n = x.size(-1), rows = x.numel() / n, across = (n + columns - 1) / columns;
  // As many parts of the rows as occupy the device, of 64 rows or more.
  const std::int64_t wanted =
      std::min((std::int64_t{device_properties().multiprocessors} * 8 + across - 1) / across, rows / 64);
  const std::int64_t each = (rows + std::max<std::int64_t>(wanted, 1) - 1) / std::max<std::int64_t>(wanted, 1);
  const std::int64_t parts = each ? (rows + each - 1) / each : 1;
  auto partial = [&](const Tensor& of) { return of.defined() ? empty({parts, n}, float64, x.device()) : Tensor(); };
  const Tensor weight_part = partial(dweight), bias_part = partial(dbias);
  launch(norm_column_kernel<T>, dim3(static_cast<unsigned>(across), static_cast<unsigned>(parts)),
         dim3(columns, row_lanes), 0, Rows<const T>(as_matrix(x)), numbers_of<C>(mean), numbers_of<C>(scale),
         Rows<const T>(as_matrix(g)), each, numbers_of<double>(weight_part), numbers_of<double>(bias_part));
  auto join = [&](const Tensor& part, const Tensor& out) {
    if (!out.defined()) return;
    launch(join_parts_kernel<T>, blocks_for(n, 64), 64, 0, numbers_of<double>(part), parts, Rows<T>(out));
  };
  join(weight_part, dweight), join(bias_part, dbias);
}

/// As `layer_norm_backward`; as `rms_norm_backward` where mean is undefined.
void backward(const char* op, const Tensor& x, const Tensor& weight, const Tensor& mean, const Tensor& scale,
              const Tensor& g, const Tensor& more, const Tensor& dx, const Tensor& dweight, const Tensor& dbias) {
  if (x.size(-1) == 0) return;
  if (dx.defined()) {
    for_rows(op, x, {&weight, &g, &more, &dx}, 2,
             [&]<class T, int V>(unsigned blocks, unsigned threads, std::size_t bytes) {
               using C = Compute<T>;
               launch(norm_dx_kernel<T, V>, blocks, threads, bytes, Rows<const T>(x), Rows<const T>(weight),
                      numbers_of<C>(mean), scale.data<C>(), Rows<const T>(g), rows_of<const T>(more), Rows<T>(dx),
                      bytes > 0);
             });
  }
  if (!dweight.defined() && !dbias.defined()) return;
  visit_floating(op, x.dtype(), [&]<class T>() { column_sums<T>(x, mean, scale, g, dweight, dbias); });
}

void rms_norm_cuda(const Tensor& x, const Tensor& update, const Tensor& weight, const Tensor& sum, const Tensor& y,
                   const Tensor& scale, double eps) {
  forward("rms_norm", x, update, weight, {}, sum, y, {}, scale, eps);
}
void rms_norm_backward_cuda(const Tensor& x, const Tensor& weight, const Tensor& scale, const Tensor& g,
                            const Tensor& more, const Tensor& dx, const Tensor& dweight) {
  backward("rms_norm", x, weight, {}, scale, g, more, dx, dweight, {});
}
void layer_norm_cuda(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& y, const Tensor& mean,
                     const Tensor& scale, double eps) {
  forward("layer_norm", x, {}, weight, bias, {}, y, mean, scale, eps);
}
void layer_norm_backward_cuda(const Tensor& x, const Tensor& weight, const Tensor& mean, const Tensor& scale,
                              const Tensor& g, const Tensor& dx, const Tensor& dweight, const Tensor& dbias) {
  backward("layer_norm", x, weight, mean, scale, g, {}, dx, dweight, dbias);
}

[[maybe_unused]] const bool registered = rms_norm.on(DeviceType::cuda, rms_norm_cuda) &&
                                         rms_norm_backward.on(DeviceType::cuda, rms_norm_backward_cuda) &&
                                         layer_norm.on(DeviceType::cuda, layer_norm_cuda) &&
                                         layer_norm_backward.on(DeviceType::cuda, layer_norm_backward_cuda);

}  // namespace
}  // namespace adora::backends::cuda
