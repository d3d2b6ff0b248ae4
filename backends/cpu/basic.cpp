#include "../basic.h"

#include <cmath>
#include <cstring>
#include <numbers>

#include "convert.h"
#include "parallel.h"
#include "strided.h"

namespace adora::backends::cpu {
namespace {

constexpr std::int64_t grain = 32768;
constexpr std::int64_t chunk = 1024;  // numbers converted at once, within the first cache

/// Elements of one size, whatever they stand for.
template <class Bits>
void move_elements(const void* from, std::int64_t from_stride, void* to, std::int64_t to_stride, std::int64_t count) {
  const Bits* in = static_cast<const Bits*>(from);
  Bits* out = static_cast<Bits*>(to);
  for (std::int64_t i = 0; i < count; ++i) out[i * to_stride] = in[i * from_stride];
}

/// Elements of one dtype; strides in elements.
void move_run(DType dtype, const void* from, std::int64_t from_stride, void* to, std::int64_t to_stride,
              std::int64_t count) {
  if (from_stride == 1 && to_stride == 1) {
    std::memcpy(to, from, static_cast<std::size_t>(count) * size_of(dtype));
    return;
  }
  switch (size_of(dtype)) {
    case 1: return move_elements<std::uint8_t>(from, from_stride, to, to_stride, count);
    case 2: return move_elements<std::uint16_t>(from, from_stride, to, to_stride, count);
    case 4: return move_elements<std::uint32_t>(from, from_stride, to, to_stride, count);
    default: return move_elements<std::uint64_t>(from, from_stride, to, to_stride, count);
  }
}

/// Elements of two dtypes, by way of `C`.
template <class C>
void convert_run(DType from_dtype, const void* from, std::int64_t from_stride, DType to_dtype, void* to,
                 std::int64_t to_stride, std::int64_t count) {
  C buffer[chunk];
  for (std::int64_t done = 0; done < count; done += chunk) {
    std::int64_t n = std::min(chunk, count - done);
    load(element(from, from_dtype, done * from_stride), from_dtype, from_stride, buffer, n);
    store(buffer, element(to, to_dtype, done * to_stride), to_dtype, to_stride, n);
  }
}

void copy_cpu(const Tensor& from, const Tensor& to) {
  check(from.shape() == to.shape(), "copy: shapes {} and {} differ", to_string(from.shape()), to_string(to.shape()));
  const Layout* layouts[] = {&to.layout(), &from.layout()};
  StridedWalk walk(layouts);
  DType source = from.dtype(), target = to.dtype();
  // float holds the half types, double every floating one, and int64 the whole numbers.
  auto in_float = [](DType d) { return is_floating(d) && d != float64; };
  bool floats = in_float(source) && in_float(target), whole = !is_floating(source) && !is_floating(target);
  auto convert = floats ? convert_run<float> : whole ? convert_run<std::int64_t> : convert_run<double>;
  std::int64_t stride = walk.strides[0].back(), from_stride = walk.strides[1].back();
  parallel_for(walk.numel, grain, [&](std::int64_t begin, std::int64_t end) {
    walk.runs_of_all(begin, end, [&](std::int64_t count, const std::int64_t* offsets) {
      const void* in = element(from.raw(), source, offsets[1]);
      void* out = element(to.raw(), target, offsets[0]);
      if (source == target) move_run(source, in, from_stride, out, stride, count);
      else convert(source, in, from_stride, target, out, stride, count);
    });
  });
}

void fill_cpu(const Tensor& out, double value) {
  const Layout* layouts[] = {&out.layout()};
  StridedWalk walk(layouts);
  std::uint64_t one = 0;
  store(&value, &one, out.dtype(), 1, 1);
  parallel_for(walk.numel, grain, [&](std::int64_t begin, std::int64_t end) {
    walk.runs(0, begin, end, [&](std::int64_t, std::int64_t count, std::int64_t offset, std::int64_t stride) {
      move_run(out.dtype(), &one, 0, element(out.raw(), out.dtype(), offset), stride, count);
    });
  });
}

/// out[i] = number(block of element i), for a contiguous or strided output.
template <class F>
void fill_random(const Tensor& out, Generator& generator, F&& number) {
  check(is_floating(out.dtype()), "random numbers: need a floating tensor, not {}", describe(out));
  std::uint64_t first = generator.reserve(static_cast<std::uint64_t>(out.numel()));
  std::uint64_t seed = generator.seed(), stream = generator.stream();
  const Layout* layouts[] = {&out.layout()};
  StridedWalk walk(layouts);
  parallel_for(walk.numel, 4096, [&](std::int64_t begin, std::int64_t end) {
    double buffer[chunk];
    walk.runs(0, begin, end, [&](std::int64_t done, std::int64_t count, std::int64_t offset, std::int64_t stride) {
      for (std::int64_t i = 0; i < count; i += chunk) {
        std::int64_t n = std::min(chunk, count - i);
        for (std::int64_t k = 0; k < n; ++k) {
          buffer[k] = number(Philox(seed, first + static_cast<std::uint64_t>(begin + done + i + k), stream));
        }
        store(buffer, element(out.raw(), out.dtype(), offset + i * stride), out.dtype(), stride, n);
      }
    });
  });
}

/// A multiple of 2^-53 in [0, 1).
double uniform(std::uint32_t low, std::uint32_t high) {
  return static_cast<double>((low | std::uint64_t{high} << 32) >> 11) * 0x1p-53;
}

void fill_uniform_cpu(const Tensor& out, double low, double high, Generator& generator) {
  fill_random(out, generator,
              [=](const Philox& b) { return low + (high - low) * uniform(b.word[0], b.word[1]); });
}

void fill_normal_cpu(const Tensor& out, double mean, double deviation, Generator& generator) {
  fill_random(out, generator, [=](const Philox& b) {
    double radius = std::sqrt(-2 * std::log(1 - uniform(b.word[0], b.word[1])));
    return mean + deviation * radius * std::cos(2 * std::numbers::pi * uniform(b.word[2], b.word[3]));
  });
}

[[maybe_unused]] const bool registered = copy.on(DeviceType::cpu, copy_cpu) && fill.on(DeviceType::cpu, fill_cpu) &&
                                         fill_uniform.on(DeviceType::cpu, fill_uniform_cpu) &&
                                         fill_normal.on(DeviceType::cpu, fill_normal_cpu);

}  // namespace
}  // namespace adora::backends::cpu
