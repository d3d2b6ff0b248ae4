#include "convert.h"

#include <algorithm>

namespace adora::backends::cpu {

template <class C> void load(const void* from, DType dtype, std::int64_t stride, C* buffer, std::int64_t count) {
  visit(dtype, [&]<class T>() {
    const T* in = static_cast<const T*>(from);
    auto one = [](T value) { return static_cast<C>(static_cast<Compute<T>>(value)); };
    if (stride == 1) {
      for (std::int64_t i = 0; i < count; ++i) buffer[i] = one(in[i]);
    } else if (stride == 0) {
      std::fill_n(buffer, count, one(*in));
    } else {
      for (std::int64_t i = 0; i < count; ++i) buffer[i] = one(in[i * stride]);
    }
  });
}

template <class C> void store(const C* buffer, void* to, DType dtype, std::int64_t stride, std::int64_t count) {
  visit(dtype, [&]<class T>() {
    T* out = static_cast<T*>(to);
    auto one = [](C value) { return static_cast<T>(static_cast<Compute<T>>(value)); };
    if (stride == 1) {
      for (std::int64_t i = 0; i < count; ++i) out[i] = one(buffer[i]);
    } else {
      for (std::int64_t i = 0; i < count; ++i) out[i * stride] = one(buffer[i]);
    }
  });
}

template void load(const void*, DType, std::int64_t, float*, std::int64_t);
template void load(const void*, DType, std::int64_t, double*, std::int64_t);
template void load(const void*, DType, std::int64_t, std::int64_t*, std::int64_t);
template void store(const float*, void*, DType, std::int64_t, std::int64_t);
template void store(const double*, void*, DType, std::int64_t, std::int64_t);
template void store(const std::int64_t*, void*, DType, std::int64_t, std::int64_t);

}  // namespace adora::backends::cpu
