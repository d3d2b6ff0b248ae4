#include "../basic.h"

#include <cstring>

#include "../random_numbers.h"
#include "../strided.h"
#include "convert.h"
#include "parallel.h"

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
  visit_word(dtype, [&]<class Word>() { move_elements<Word>(from, from_stride, to, to_stride, count); });
}

/// Elements of two dtypes, by way of `C`.
template <class C>
void convert_run(DType from_dtype, const void* from, std::int64_t from_stride, DType to_dtype, void* to,
                 std::int64_t to_stride, std::int64_t count) {
  C buffer[chunk];
  for (std::int64_t done = 0; done < count; done += chunk) {
    std::int64_t n = std::min(chunk, count - done);
    const void* in = element(from, from_dtype, done * from_stride);
    void* out = element(to, to_dtype, done * to_stride);
    if (from_dtype == dtype_of<C>() && from_stride == 1) {
      store(static_cast<const C*>(in), out, to_dtype, to_stride, n);
    } else if (to_dtype == dtype_of<C>() && to_stride == 1) {
      load(in, from_dtype, from_stride, static_cast<C*>(out), n);
    } else {
      load(in, from_dtype, from_stride, buffer, n);
      store(buffer, out, to_dtype, to_stride, n);
    }
  }
}

/// to[i·to_stride + j] = from[i + j·from_stride], a tile that fits the first cache at a time.
template <class Bits>
void transpose_block(const void* from, std::int64_t from_stride, void* to, std::int64_t to_stride, std::int64_t rows,
                     std::int64_t columns) {
  constexpr std::int64_t tile = 16;
  for (std::int64_t begin = 0; begin < columns; begin += tile) {
    const Bits* in = static_cast<const Bits*>(from) + begin * from_stride;
    Bits* out = static_cast<Bits*>(to) + begin;
    std::int64_t width = std::min(tile, columns - begin);
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < width; ++j) out[i * to_stride + j] = in[i + j * from_stride];
    }
  }
}

/// Copies where neighbors in `to` are far apart in `from`, and dimension `d` is the other way round: reading
/// run by run would fetch a cache line for every element.
void copy_transposed(const Tensor& from, const Tensor& to, const StridedWalk& walk, int d) {
  constexpr std::int64_t tile = 16;
  int last = walk.shape.size() - 1;
  std::int64_t rows = walk.shape[d], columns = walk.shape[last], tiles = (rows + tile - 1) / tile;
  std::int64_t outer = walk.numel / (rows * columns);
  const void* in_data = from.raw();
  void* out_data = to.raw();
  parallel_for(
      outer * tiles, std::max<std::int64_t>(1, grain / (tile * columns)), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t u = begin; u < end; ++u) {
          std::int64_t row = u % tiles * tile, rest = u / tiles;
          std::int64_t at = row * walk.strides[0][d], from_at = row;
          for (int k = last - 1; k >= 0; --k) {
            if (k == d) continue;
            at += rest % walk.shape[k] * walk.strides[0][k];
            from_at += rest % walk.shape[k] * walk.strides[1][k];
            rest /= walk.shape[k];
          }
          const void* in = element(in_data, from.dtype(), from_at);
          void* out = element(out_data, to.dtype(), at);
          std::int64_t height = std::min(tile, rows - row), from_stride = walk.strides[1][last],
                       stride = walk.strides[0][d];
          visit_word(from.dtype(),
                     [&]<class Word>() { transpose_block<Word>(in, from_stride, out, stride, height, columns); });
        }
      });
}

void copy_cpu(const Tensor& from, const Tensor& to) {
  check(from.shape() == to.shape(), "copy: shapes {} and {} differ", from.shape(), to.shape());
  const Layout* layouts[] = {&to.layout(), &from.layout()};
  StridedWalk walk(layouts);
  DType source = from.dtype(), target = to.dtype();
  std::int64_t stride = walk.strides[0].back(), from_stride = walk.strides[1].back();
  if (source == target && stride == 1 && from_stride > 1 && walk.numel > 0) {
    for (int d = 0; d + 1 < walk.shape.size(); ++d) {
      if (walk.strides[1][d] == 1) return copy_transposed(from, to, walk, d);
    }
  }
  // float holds the half types, double every floating one, and int64 the whole numbers.
  auto in_float = [](DType d) { return is_floating(d) && d != float64; };
  bool floats = in_float(source) && in_float(target), whole = !is_floating(source) && !is_floating(target);
  auto convert = floats ? convert_run<float> : whole ? convert_run<std::int64_t> : convert_run<double>;
  const std::int64_t size = static_cast<std::int64_t>(size_of(source));
  const char* in_data = static_cast<const char*>(from.raw());
  char* out_data = static_cast<char*>(to.raw());
  bool blocks = source == target && stride == 1 && from_stride == 1;
  parallel_for(walk.numel, grain, [&](std::int64_t begin, std::int64_t end) {
    walk.runs_of_all<2>(begin, end, [&](std::int64_t count, const std::int64_t* offsets) {
      if (blocks) {
        std::memcpy(out_data + offsets[0] * size, in_data + offsets[1] * size, static_cast<std::size_t>(count * size));
        return;
      }
      const void* in = element(in_data, source, offsets[1]);
      void* out = element(out_data, target, offsets[0]);
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
template <class F> void fill_random(const Tensor& out, Generator& generator, F&& number) {
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

void fill_uniform_cpu(const Tensor& out, double low, double high, Generator& generator) {
  fill_random(out, generator, uniform_number(low, high, out.dtype()));
}

void fill_normal_cpu(const Tensor& out, double mean, double deviation, Generator& generator) {
  fill_random(out, generator, NormalNumber{mean, deviation});
}

[[maybe_unused]] const bool registered = copy.on(DeviceType::cpu, copy_cpu) && fill.on(DeviceType::cpu, fill_cpu) &&
                                         fill_uniform.on(DeviceType::cpu, fill_uniform_cpu) &&
                                         fill_normal.on(DeviceType::cpu, fill_normal_cpu);

}  // namespace
}  // namespace adora::backends::cpu
