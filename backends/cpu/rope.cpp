#include "../rope.h"

#include <cmath>

#include "../basic.h"
#include "parallel.h"
#include "scratch.h"

namespace adora::backends::cpu {
namespace {

template <class T> void run(const Tensor& given, const Tensor& out, const Rotation& rotation) {
  using C = Compute<T>;
  Tensor x = given.strides()[given.ndim() - 1] == 1 ? given : contiguous(given);
  int n = x.ndim();
  const auto half = static_cast<std::int64_t>(rotation.frequencies.size());
  std::int64_t tokens = x.size(-2), d = x.size(-1);
  // Angles in double: in float those of late tokens would be off by more than a rounding.
  Tensor table = scratch_tensor({tokens, 2, half}, dtype_of<C>());
  C* angles = table.data<C>();
  parallel_for(tokens, 64, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = 0; i < half; ++i) {
      const double frequency = rotation.frequencies[static_cast<std::size_t>(i)];
      const double sign = rotation.inverse ? -rotation.amplitude : rotation.amplitude;
      for (std::int64_t t = begin; t < end; ++t) {
        double angle = static_cast<double>(rotation.start + t) * frequency;
        angles[2 * t * half + i] = static_cast<C>(rotation.amplitude * std::cos(angle));
        angles[(2 * t + 1) * half + i] = static_cast<C>(sign * std::sin(angle));
      }
    }
  });
  const T* from = x.data<T>();
  T* to = out.data<T>();
  std::int64_t rows = x.numel() / d;
  parallel_for(rows, std::max<std::int64_t>(1, 16384 / d), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      std::int64_t offset = 0, there = 0, rest = r;
      for (int d = n - 2; d >= 0; --d) {
        const std::int64_t i = rest % x.shape()[d];
        offset += i * x.strides()[d], there += i * out.strides()[d];
        rest /= x.shape()[d];
      }
      const T* in = from + offset;
      T* result = to + there;
      const C* cosine = angles + r % tokens * 2 * half;
      const C* sine = cosine + half;
      for (std::int64_t i = 2 * half; i < d; ++i) result[i] = in[i];
      if (rotation.interleaved) {
        for (std::int64_t i = 0; i < half; ++i) {
          C a = static_cast<C>(in[2 * i]), b = static_cast<C>(in[2 * i + 1]);
          result[2 * i] = static_cast<T>(a * cosine[i] - b * sine[i]);
          result[2 * i + 1] = static_cast<T>(b * cosine[i] + a * sine[i]);
        }
        continue;
      }
#pragma omp simd
      for (std::int64_t i = 0; i < half; ++i) {
        C a = static_cast<C>(in[i]), b = static_cast<C>(in[i + half]);
        result[i] = static_cast<T>(a * cosine[i] - b * sine[i]);
        result[i + half] = static_cast<T>(b * cosine[i] + a * sine[i]);
      }
    }
  });
}

void rope_cpu(const Tensor& x, const Tensor& out, const Rotation& rotation) {
  if (x.numel() == 0) return;
  visit_floating("rope", x.dtype(), [&]<class T>() { run<T>(x, out, rotation); });
}

[[maybe_unused]] const bool registered = rope.on(DeviceType::cpu, rope_cpu);

}  // namespace
}  // namespace adora::backends::cpu
