#pragma once
#include "device_code.h"

/// Numbers side by side that a thread reads and writes at once.
namespace adora::backends::cuda {

/// V numbers, at most 16 bytes at once; one lies anywhere, several on their boundary.
template <class T, int V> struct alignas(V == 1 ? alignof(T) : sizeof(T) * V < 16 ? sizeof(T) * V : 16) Pack {
  T value[V];
};
template <class T> using Four = Pack<T, 4>;

/// Whether x is made of groups of four of T that lie one after the other, each on its boundary.
template <class T> bool lies_in_fours(const Tensor& x) {
  return x.dtype() == dtype_of<T>() && x.is_contiguous() && x.numel() % 4 == 0 &&
         reinterpret_cast<std::uintptr_t>(x.raw()) % alignof(Four<T>) == 0;
}

/// Pack number p of a row, in the type arithmetic is done in. With V = 1 its neighbors may be `stride` apart.
template <int V, class T> __device__ Pack<Compute<T>, V> read(const T* row, std::int64_t stride, std::int64_t p) {
  const auto in = *reinterpret_cast<const Pack<T, V>*>(row + p * V * stride);
  Pack<Compute<T>, V> out;
#pragma unroll
  for (int k = 0; k < V; ++k) out.value[k] = static_cast<Compute<T>>(in.value[k]);
  return out;
}
template <int V, class T>
__device__ void write(T* row, std::int64_t stride, std::int64_t p, const Pack<Compute<T>, V>& x) {
  Pack<T, V> out;
#pragma unroll
  for (int k = 0; k < V; ++k) out.value[k] = T(x.value[k]);
  *reinterpret_cast<Pack<T, V>*>(row + p * V * stride) = out;
}

}  // namespace adora::backends::cuda
