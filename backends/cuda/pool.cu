#include "../pool.h"

#include <limits>

#include "planes.h"

// One thread for each number of the result. What flows back is gathered from the windows that a place is in, so that no
// two threads add to one number.
namespace adora::backends::cuda {
namespace {

template <class T>
__global__ void max_pool_kernel(const T* x, T* out, std::int64_t* indices, const PoolWindows w, std::int64_t n) {
  using C = Compute<T>;
  const WindowAxis &a0 = w.windows.axis[0], &a1 = w.windows.axis[1], &a2 = w.windows.axis[2];
  for (std::int64_t i = global_thread(); i < n; i += global_threads()) {
    const PlanePlace o(i, a0.out, a1.out, a2.out);
    const PlaceRange d = w.places(0, o.at[0]), h = w.places(1, o.at[1]), v = w.places(2, o.at[2]);
    const T* plane = x + o.plane * w.windows.image();
    C best = -std::numeric_limits<C>::infinity();
    std::int64_t at = (d.first * a1.in + h.first) * a2.in + v.first;
    for (std::int64_t i0 = d.first; i0 < d.end; i0 += d.step) {
      for (std::int64_t i1 = h.first; i1 < h.end; i1 += h.step) {
        const std::int64_t row = (i0 * a1.in + i1) * a2.in;
        for (std::int64_t i2 = v.first; i2 < v.end; i2 += v.step) {
          const C number = static_cast<C>(plane[row + i2]);
          if (number > best || number != number) best = number, at = row + i2;
        }
      }
    }
    out[i] = T(best);
    if (indices) indices[i] = at;
  }
}

/// Calls f(window, o0, o1, o2) for the windows that the place may be in, in their order.
template <class F> __device__ void each_window_over(const PoolWindows& w, const PlanePlace& place, F&& f) {
  const PlaceRange d = w.windows_over(0, place.at[0]), h = w.windows_over(1, place.at[1]),
                   v = w.windows_over(2, place.at[2]);
  for (std::int64_t o0 = d.first; o0 < d.end; ++o0) {
    for (std::int64_t o1 = h.first; o1 < h.end; ++o1) {
      for (std::int64_t o2 = v.first; o2 < v.end; ++o2)
        f((o0 * w.windows.axis[1].out + o1) * w.windows.axis[2].out + o2, o0, o1, o2);
    }
  }
}

template <class T>
__global__ void max_pool_gradient_kernel(const T* g, const std::int64_t* indices, T* dx, const PoolWindows w,
                                         std::int64_t n) {
  using C = Compute<T>;
  const WindowAxis &a0 = w.windows.axis[0], &a1 = w.windows.axis[1], &a2 = w.windows.axis[2];
  for (std::int64_t i = global_thread(); i < n; i += global_threads()) {
    const PlanePlace place(i, a0.in, a1.in, a2.in);
    const std::int64_t at = (place.at[0] * a1.in + place.at[1]) * a2.in + place.at[2];
    const std::int64_t first = place.plane * w.windows.count();
    C sum = 0;
    each_window_over(w, place, [&](std::int64_t window, std::int64_t, std::int64_t, std::int64_t) {
      if (indices[first + window] == at) sum += static_cast<C>(g[first + window]);
    });
    dx[i] = T(sum);
  }
}

/// What a window's sum is divided by.
template <class C> __device__ C divisor_of(const PoolWindows& w, std::int64_t o0, std::int64_t o1, std::int64_t o2) {
  if (w.divisor) return static_cast<C>(w.divisor);
  return static_cast<C>(w.counted(0, o0)) * static_cast<C>(w.counted(1, o1)) * static_cast<C>(w.counted(2, o2));
}

constexpr std::int64_t few = 16;  ///< numbers that are summed up before the sum is widened

template <class T> __global__ void avg_pool_kernel(const T* x, T* out, const PoolWindows w, std::int64_t n) {
  using C = Compute<T>;
  const WindowAxis &a0 = w.windows.axis[0], &a1 = w.windows.axis[1], &a2 = w.windows.axis[2];
  for (std::int64_t i = global_thread(); i < n; i += global_threads()) {
    const PlanePlace o(i, a0.out, a1.out, a2.out);
    const PlaceRange d = w.places(0, o.at[0]), h = w.places(1, o.at[1]), v = w.places(2, o.at[2]);
    const T* plane = x + o.plane * w.windows.image();
    double sum = 0;
    for (std::int64_t i0 = d.first; i0 < d.end; ++i0) {
      for (std::int64_t i1 = h.first; i1 < h.end; ++i1) {
        const T* row = plane + (i0 * a1.in + i1) * a2.in;
        for (std::int64_t at = v.first; at < v.end; at += few) {
          const std::int64_t end = at + few < v.end ? at + few : v.end;
          C part = 0;
          for (std::int64_t i2 = at; i2 < end; ++i2) part += static_cast<C>(row[i2]);
          sum += static_cast<double>(part);
        }
      }
    }
    out[i] = T(static_cast<C>(sum) / divisor_of<C>(w, o.at[0], o.at[1], o.at[2]));
  }
}

template <class T> __global__ void avg_pool_gradient_kernel(const T* g, T* dx, const PoolWindows w, std::int64_t n) {
  using C = Compute<T>;
  const WindowAxis &a0 = w.windows.axis[0], &a1 = w.windows.axis[1], &a2 = w.windows.axis[2];
  for (std::int64_t i = global_thread(); i < n; i += global_threads()) {
    const PlanePlace place(i, a0.in, a1.in, a2.in);
    const T* gradients = g + place.plane * w.windows.count();
    C sum = 0;
    each_window_over(w, place, [&](std::int64_t window, std::int64_t o0, std::int64_t o1, std::int64_t o2) {
      sum += static_cast<C>(gradients[window]) / divisor_of<C>(w, o0, o1, o2);
    });
    dx[i] = T(sum);
  }
}

template <class T> T* data_of(const Tensor& x) { return x.defined() ? static_cast<T*>(x.raw()) : nullptr; }

void max_pool_cuda(const Tensor& x, const Tensor& out, const Tensor& indices, const PoolWindows& w) {
  visit_floating("max_pool", x.dtype(), [&]<class T>() {
    launch(max_pool_kernel<T>, blocks_for(out.numel()), block_threads, 0, data_of<T>(x), data_of<T>(out),
           data_of<std::int64_t>(indices), w, out.numel());
  });
}

void max_pool_gradient_cuda(const Tensor& g, const Tensor& indices, const Tensor& dx, const PoolWindows& w) {
  visit_floating("max_pool_gradient", g.dtype(), [&]<class T>() {
    launch(max_pool_gradient_kernel<T>, blocks_for(dx.numel()), block_threads, 0, data_of<T>(g),
           data_of<std::int64_t>(indices), data_of<T>(dx), w, dx.numel());
  });
}

void avg_pool_cuda(const Tensor& x, const Tensor& out, const PoolWindows& w) {
  visit_floating("avg_pool", x.dtype(), [&]<class T>() {
    launch(avg_pool_kernel<T>, blocks_for(out.numel()), block_threads, 0, data_of<T>(x), data_of<T>(out), w,
           out.numel());
  });
}

void avg_pool_gradient_cuda(const Tensor& g, const Tensor& dx, const PoolWindows& w) {
  visit_floating("avg_pool_gradient", g.dtype(), [&]<class T>() {
    launch(avg_pool_gradient_kernel<T>, blocks_for(dx.numel()), block_threads, 0, data_of<T>(g), data_of<T>(dx), w,
           dx.numel());
  });
}

[[maybe_unused]] const bool registered =
    max_pool.on(DeviceType::cuda, max_pool_cuda) && max_pool_gradient.on(DeviceType::cuda, max_pool_gradient_cuda) &&
    avg_pool.on(DeviceType::cuda, avg_pool_cuda) && avg_pool_gradient.on(DeviceType::cuda, avg_pool_gradient_cuda);

}  // namespace
}  // namespace adora::backends::cuda
