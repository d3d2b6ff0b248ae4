#include "../interpolate.h"

#include "planes.h"

// One thread for each number of the result, which in both directions gathers what goes into it.
namespace adora::backends::cuda {
namespace {

/// The neighbors along an axis with their shares; a share of 0 is none, also of what is infinite.
template <class C> struct Neighbors {
  std::int64_t place[2];
  C share[2];

  __device__ Neighbors(const ResizedAxis& axis, std::int64_t o) {
    const ResizedAxis::Source s = axis.source(o);
    place[0] = s.low, place[1] = s.high;
    share[0] = static_cast<C>(1 - s.part), share[1] = static_cast<C>(s.part);
  }
  /// The share of place i.
  __device__ C of(std::int64_t i) const {
    return (place[0] == i ? share[0] : C(0)) + (place[1] == i ? share[1] : C(0));
  }
};

template <class T> __global__ void interpolate_kernel(const T* x, T* out, const Resized r, std::int64_t n) {
  using C = Compute<T>;
  const std::int64_t depth = r.axis[0].in, height = r.axis[1].in, width = r.axis[2].in;
  for (std::int64_t i = global_thread(); i < n; i += global_threads()) {
    const PlanePlace o(i, r.axis[0].out, r.axis[1].out, r.axis[2].out);
    const Neighbors<C> d(r.axis[0], o.at[0]), h(r.axis[1], o.at[1]), v(r.axis[2], o.at[2]);
    const T* plane = x + o.plane * depth * height * width;
    C sum = 0;
    for (int i0 = 0; i0 < 2; ++i0) {
      for (int i1 = 0; i1 < 2; ++i1) {
        const C share = d.share[i0] * h.share[i1];
        if (share == C(0)) continue;
        const T* row = plane + (d.place[i0] * height + h.place[i1]) * width;
        C number = v.share[0] * static_cast<C>(row[v.place[0]]);
        if (v.share[1] != C(0)) number += v.share[1] * static_cast<C>(row[v.place[1]]);
        sum += share * number;
      }
    }
    out[i] = T(sum);
  }
}

/// The first number along an axis whose lower neighbor is place i or a later one; they come in order.
__device__ inline std::int64_t first_from(const ResizedAxis& axis, std::int64_t i) {
  std::int64_t low = 0, high = axis.out;
  while (low < high) {
    const std::int64_t middle = (low + high) / 2;
    if (axis.source(middle).low < i) low = middle + 1;
    else high = middle;
  }
  return low;
}

template <class T> __global__ void interpolate_gradient_kernel(const T* g, T* dx, const Resized r, std::int64_t n) {
  using C = Compute<T>;
  const std::int64_t height = r.axis[1].out, width = r.axis[2].out;
  for (std::int64_t i = global_thread(); i < n; i += global_threads()) {
    const PlanePlace place(i, r.axis[0].in, r.axis[1].in, r.axis[2].in);
    const T* plane = g + place.plane * r.axis[0].out * height * width;
    std::int64_t first[3], end[3];
    for (int d = 0; d < 3; ++d) {  // those that have the place as their lower neighbor, or as their higher
      first[d] = first_from(r.axis[d], place.at[d] - 1), end[d] = first_from(r.axis[d], place.at[d] + 1);
    }
    C sum = 0;
    for (std::int64_t o0 = first[0]; o0 < end[0]; ++o0) {
      const C s0 = Neighbors<C>(r.axis[0], o0).of(place.at[0]);
      for (std::int64_t o1 = first[1]; s0 != C(0) && o1 < end[1]; ++o1) {
        const C s1 = Neighbors<C>(r.axis[1], o1).of(place.at[1]) * s0;
        for (std::int64_t o2 = first[2]; s1 != C(0) && o2 < end[2]; ++o2) {
          const C share = Neighbors<C>(r.axis[2], o2).of(place.at[2]) * s1;
          if (share != C(0)) sum += share * static_cast<C>(plane[(o0 * height + o1) * width + o2]);
        }
      }
    }
    dx[i] = T(sum);
  }
}

void interpolate_cuda(const Tensor& x, const Tensor& out, const Resized& resized) {
  visit_floating("interpolate", x.dtype(), [&]<class T>() {
    launch(interpolate_kernel<T>, blocks_for(out.numel()), block_threads, 0, static_cast<const T*>(x.raw()),
           static_cast<T*>(out.raw()), resized, out.numel());
  });
}

void interpolate_gradient_cuda(const Tensor& g, const Tensor& dx, const Resized& resized) {
  visit_floating("interpolate_gradient", g.dtype(), [&]<class T>() {
    launch(interpolate_gradient_kernel<T>, blocks_for(dx.numel()), block_threads, 0, static_cast<const T*>(g.raw()),
           static_cast<T*>(dx.raw()), resized, dx.numel());
  });
}

[[maybe_unused]] const bool registered = interpolate.on(DeviceType::cuda, interpolate_cuda) &&
                                         interpolate_gradient.on(DeviceType::cuda, interpolate_gradient_cuda);

}  // namespace
}  // namespace adora::backends::cuda
