#include "../basic.h"

#include <cmath>
#include <cstring>
#include <numbers>

#include "parallel.h"
#include "strided.h"

namespace adora::backends::cpu {
namespace {

constexpr std::int64_t grain = 32768;

void copy_cpu(const Tensor& from, const Tensor& to) {
  check(from.shape() == to.shape(), "copy: shapes {} and {} differ", to_string(from.shape()), to_string(to.shape()));
  const Layout* layouts[] = {&to.layout(), &from.layout()};
  StridedWalk walk(layouts);
  visit(from.dtype(), [&]<class From>() {
    visit(to.dtype(), [&]<class To>() {
      const From* source = static_cast<const From*>(from.raw());
      To* target = static_cast<To*>(to.raw());
      int last = walk.shape.size() - 1;
      std::int64_t from_stride = walk.strides[1][last];
      parallel_for(walk.numel, grain, [&](std::int64_t begin, std::int64_t end) {
        // Both operands have the same merged shape, so the runs of one split the other's too.
        std::int64_t offsets_at = begin;
        walk.runs(0, begin, end, [&](std::int64_t done, std::int64_t count, std::int64_t offset, std::int64_t stride) {
          offsets_at = begin + done;
          std::int64_t source_offset = 0;
          walk.runs(1, offsets_at, offsets_at + 1,
                    [&](std::int64_t, std::int64_t, std::int64_t o, std::int64_t) { source_offset = o; });
          const From* in = source + source_offset;
          To* out = target + offset;
          if constexpr (std::is_same_v<From, To>) {
            if (stride == 1 && from_stride == 1) {
              std::memcpy(out, in, static_cast<std::size_t>(count) * sizeof(To));
              return;
            }
          }
          for (std::int64_t i = 0; i < count; ++i) {
            out[i * stride] = static_cast<To>(static_cast<Compute<From>>(in[i * from_stride]));
          }
        });
      });
    });
  });
}

void fill_cpu(const Tensor& out, double value) {
  const Layout* layouts[] = {&out.layout()};
  StridedWalk walk(layouts);
  visit(out.dtype(), [&]<class T>() {
    T* data = static_cast<T*>(out.raw());
    T one = static_cast<T>(static_cast<Compute<T>>(value));
    parallel_for(walk.numel, grain, [&](std::int64_t begin, std::int64_t end) {
      walk.runs(0, begin, end, [&](std::int64_t, std::int64_t count, std::int64_t offset, std::int64_t stride) {
        for (std::int64_t i = 0; i < count; ++i) data[offset + i * stride] = one;
      });
    });
  });
}

/// out[i] = number(block of element i), for a contiguous or strided output.
template <class F>
void fill_random(const Tensor& out, Generator& generator, F&& number) {
  std::uint64_t first = generator.reserve(static_cast<std::uint64_t>(out.numel()));
  std::uint64_t seed = generator.seed(), stream = generator.stream();
  const Layout* layouts[] = {&out.layout()};
  StridedWalk walk(layouts);
  visit_floating("a random tensor", out.dtype(), [&]<class T>() {
    T* data = static_cast<T*>(out.raw());
    parallel_for(walk.numel, 4096, [&](std::int64_t begin, std::int64_t end) {
      walk.runs(0, begin, end, [&](std::int64_t done, std::int64_t count, std::int64_t offset, std::int64_t stride) {
        for (std::int64_t i = 0; i < count; ++i) {
          Philox block(seed, first + static_cast<std::uint64_t>(begin + done + i), stream);
          data[offset + i * stride] = static_cast<T>(static_cast<Compute<T>>(number(block)));
        }
      });
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
