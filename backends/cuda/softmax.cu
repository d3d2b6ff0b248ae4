#include "../softmax.h"

#include <algorithm>
#include <limits>

#include "../math.h"
#include "device_code.h"
#include "packs.h"

namespace adora::backends::cuda {
namespace {

/// y = softmax of x [rows, n] or its logarithm, a block a row. With `keep` shared memory has room for a row, of which
/// each thread sees again only what it put there.
template <class T, int V>
__global__ void softmax_kernel(const Rows<const T> x, const Rows<T> y, bool logarithm, bool keep) {
  using C = Compute<T>;
  auto* kept = dynamic_shared<Pack<C, V>>();
  const std::int64_t packs = x.length / V;
  for (std::int64_t r = blockIdx.x; r < x.count; r += gridDim.x) {
    const T* in = x.row(r);
    T* out = y.row(r);
    C top = -std::numeric_limits<C>::infinity();
    for (std::int64_t p = threadIdx.x; p < packs; p += blockDim.x) {
      const Pack<C, V> now = read<V>(in, x.stride, p);
#pragma unroll
      for (int k = 0; k < V; ++k) top = LargerNumber()(top, now.value[k]);
      if (keep) kept[p] = now;
    }
    top = block_reduce(top, -std::numeric_limits<C>::infinity(), LargerNumber());
    C sum = 0;
    for (std::int64_t p = threadIdx.x; p < packs; p += blockDim.x) {
      Pack<C, V> now = keep ? kept[p] : read<V>(in, x.stride, p);
#pragma unroll
      for (int k = 0; k < V; ++k) {
        const C e = math::exp(now.value[k] - top);
        sum += e;
        if (!logarithm) now.value[k] = e;
      }
      if (keep) kept[p] = now;
    }
    sum = block_sum(sum);
    const C shift = top + math::log(sum), scale = C(1) / sum;
    for (std::int64_t p = threadIdx.x; p < packs; p += blockDim.x) {
      Pack<C, V> now = keep ? kept[p] : read<V>(in, x.stride, p);
#pragma unroll
      for (int k = 0; k < V; ++k) {
        if (logarithm) now.value[k] -= shift;
        else now.value[k] = (keep ? now.value[k] : math::exp(now.value[k] - top)) * scale;
      }
      write<V>(out, y.stride, p, now);
    }
  }
}

/// dx = y·(g - Σ g·y), or for the logarithm g - e^y·Σ g, of rows [rows, n], a block a row. `keep`: room for two rows.
template <class T, int V>
__global__ void softmax_backward_kernel(const Rows<const T> y, const Rows<const T> g, const Rows<T> dx, bool logarithm,
                                        bool keep) {
  using C = Compute<T>;
  const std::int64_t packs = y.length / V;
  Pack<C, V>*kept_y = dynamic_shared<Pack<C, V>>(), *kept_g = kept_y + packs;
  for (std::int64_t r = blockIdx.x; r < y.count; r += gridDim.x) {
    const T *ys = y.row(r), *gs = g.row(r);
    T* out = dx.row(r);
    C sum = 0;
    for (std::int64_t p = threadIdx.x; p < packs; p += blockDim.x) {
      const Pack<C, V> a = read<V>(ys, y.stride, p), b = read<V>(gs, g.stride, p);
#pragma unroll
      for (int k = 0; k < V; ++k) sum += logarithm ? b.value[k] : b.value[k] * a.value[k];
      if (keep) kept_y[p] = a, kept_g[p] = b;
    }
    sum = block_sum(sum);
    for (std::int64_t p = threadIdx.x; p < packs; p += blockDim.x) {
      const Pack<C, V> a = keep ? kept_y[p] : read<V>(ys, y.stride, p);
      Pack<C, V> b = keep ? kept_g[p] : read<V>(gs, g.stride, p);
#pragma unroll
      for (int k = 0; k < V; ++k) {
        b.value[k] = logarithm ? b.value[k] - math::exp(a.value[k]) * sum : a.value[k] * (b.value[k] - sum);
      }
      write<V>(out, dx.stride, p, b);
    }
  }
}

/// Calls f<T, V>(blocks, threads, bytes) with the launch that suits rows like those of x; bytes is 0 where `kept` rows
/// are too much to keep in shared memory.
template <class F> void for_rows(const char* op, const Tensor& x, bool fours, std::int64_t kept, F&& f) {
  const std::int64_t n = x.size(-1), rows = n ? x.numel() / n : 0;
  unsigned threads = 32;
  while (threads < 1024 && threads * 8 < n / (fours ? 4 : 1)) threads *= 2;
  const auto blocks = static_cast<unsigned>(std::min<std::int64_t>(rows, 1 << 30));
  visit_floating(op, x.dtype(), [&]<class T>() {
    std::int64_t bytes = kept * n * static_cast<std::int64_t>(sizeof(Compute<T>));
    if (bytes > std::min<std::int64_t>(64 << 10, static_cast<std::int64_t>(device_properties().shared_memory) - 1024))
      bytes = 0;
    if (fours) f.template operator()<T, 4>(blocks, threads, static_cast<std::size_t>(bytes));
    else f.template operator()<T, 1>(blocks, threads, static_cast<std::size_t>(bytes));
  });
}

/// Whether x's rows lie one after the other and are made of groups of four.
bool rows_of_fours(const Tensor& x) {
  return x.size(-1) % 4 == 0 && visit_floating("softmax", x.dtype(), [&]<class T>() { return lies_in_fours<T>(x); });
}

void softmax_cuda(const Tensor& x, const Tensor& y, bool logarithm) {
  for_rows("softmax", x, rows_of_fours(x) && rows_of_fours(y), 1,
           [&]<class T, int V>(unsigned blocks, unsigned threads, std::size_t bytes) {
             launch(softmax_kernel<T, V>, blocks, threads, bytes, Rows<const T>(x), Rows<T>(y), logarithm, bytes > 0);
           });
}

void softmax_backward_cuda(const Tensor& y, const Tensor& g, const Tensor& dx, bool logarithm) {
  for_rows("softmax", y, rows_of_fours(y) && rows_of_fours(g) && rows_of_fours(dx), 2,
           [&]<class T, int V>(unsigned blocks, unsigned threads, std::size_t bytes) {
             launch(softmax_backward_kernel<T, V>, blocks, threads, bytes, Rows<const T>(y), Rows<const T>(g),
                    Rows<T>(dx), logarithm, bytes > 0);
           });
}

[[maybe_unused]] const bool registered =
    softmax.on(DeviceType::cuda, softmax_cuda) && softmax_backward.on(DeviceType::cuda, softmax_backward_cuda);

}  // namespace
}  // namespace adora::backends::cuda
