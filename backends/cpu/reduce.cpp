#include "../reduce.h"
#include "../basic.h"
#include "../loops.h"

#include <cstring>
#include <limits>

#include "../strided.h"
#include "parallel.h"
#include "scratch.h"
#include "vector_bytes.h"

namespace adora::backends::cpu {
namespace {

template <class C> constexpr C lowest() {
  if constexpr (std::numeric_limits<C>::has_infinity) return -std::numeric_limits<C>::infinity();
  else return std::numeric_limits<C>::lowest();
}
template <class C> constexpr C highest() {
  if constexpr (std::numeric_limits<C>::has_infinity) return std::numeric_limits<C>::infinity();
  else return std::numeric_limits<C>::max();
}

// Each reduction: where it starts, how one element joins the numbers of a short run
// (in the type arithmetic is done in, or as many side by side as a register holds), and how runs join in the wide type.
struct SumOf {
  static constexpr bool adds = true;
  template <class C> static constexpr C start() { return C(0); }
  template <class C> static C join(C sum, C x) { return sum + x; }
  template <class W> static W merge(W a, W b) { return a + b; }
};
struct SquaresOf : SumOf {
  template <class C> static C join(C sum, C x) { return sum + x * x; }
};
struct MaxOf {
  static constexpr bool adds = false;
  template <class C> static constexpr C start() { return lowest<C>(); }
  template <class C> static auto better(C x, C best) { return x > best; }
  template <class C> static C join(C best, C x) { return (better(x, best) | (x != x)) ? x : best; }
  template <class W> static W merge(W a, W b) { return a != a ? a : join(a, b); }
};
struct MinOf {
  static constexpr bool adds = false;
  template <class C> static constexpr C start() { return highest<C>(); }
  template <class C> static auto better(C x, C best) { return x < best; }
  template <class C> static C join(C best, C x) { return (better(x, best) | (x != x)) ? x : best; }
  template <class W> static W merge(W a, W b) { return a != a ? a : join(a, b); }
};

/// One more element; a NaN once met stays.
template <class R, class T> T joined(T so_far, T x) {
  T both = R::template join<T>(so_far, x);
  if constexpr (R::adds) return both;
  else return so_far != so_far ? so_far : both;
}

/// Several registers of numbers side by side, kept by hand: the compiler makes no such code of a plain loop that
/// chooses, and keeps what a plain loop sums up in memory.
template <class T, int bytes> struct Registers {
  static constexpr std::int64_t count = 4, size = bytes / static_cast<int>(sizeof(T));
  typedef T Several __attribute__((vector_size(bytes)));
  static Several load(const T* x) {
    Several several;
    std::memcpy(&several, x, sizeof several);
    return several;
  }
};

/// Of the shortest registers, since in the wide type each takes two.
template <class R, class W, class T> struct Sums : Registers<T, 16> {
  using typename Registers<T, 16>::Several;
  typedef W Wide __attribute__((vector_size(Registers<T, 16>::size * sizeof(W))));
  Several sums[Registers<T, 16>::count] = {};

  void join(std::int64_t r, const T* x) { sums[r] = R::template join<Several>(sums[r], this->load(x)); }
  W total() const {
    Wide wide{};
    for (const Several& sum : sums) wide += __builtin_convertvector(sum, Wide);
    W all = 0;
    for (std::int64_t l = 0; l < this->size; ++l) all += wide[l];
    return all;
  }
};

/// 64 bytes would be too long for short rows.
constexpr int extreme_bytes = std::min(vector_bytes, 32);

/// A comparison passes over NaN, so where one was met is kept beside the best.
template <class R, class W, class T> struct Extremes : Registers<T, extreme_bytes> {
  using typename Registers<T, extreme_bytes>::Several;
  Several best[Registers<T, extreme_bytes>::count];
  decltype(Several{} == Several{}) nan = {};

  Extremes() {
    for (Several& one : best) one = Several{} + R::template start<T>();
  }
  void join(std::int64_t r, const T* x) {
    const Several more = this->load(x);
    best[r] = R::better(more, best[r]) ? more : best[r];
    nan |= more != more;
  }
  W total() const {
    Several all = best[0];
    for (const Several& one : best) all = R::better(one, all) ? one : all;
    all = nan ? Several{} + std::numeric_limits<T>::quiet_NaN() : all;
    // Halves, quarters and so on side by side: shorter than going from lane to lane.
    ADORA_UNROLL(8)
    for (std::int64_t half = this->size / 2; half > 0; half /= 2) {
      Several other;
      for (std::int64_t l = 0; l < this->size; ++l) other[l] = all[l ^ half];
      all = (R::better(other, all) | (other != other)) ? other : all;
    }
    return static_cast<W>(all[0]);
  }
};

/// `n` elements `stride` apart to one number.
template <class R, class W, class T> W reduce_run(const T* x, std::int64_t n, std::int64_t stride) {
  using Lanes = std::conditional_t<R::adds, Sums<R, W, T>, Extremes<R, W, T>>;
  constexpr std::int64_t block = 1024, size = Lanes::size, registers = Lanes::count;
  W total = R::template start<W>();
  for (std::int64_t begin = 0; begin < n; begin += block) {
    std::int64_t count = std::min(block, n - begin), i = 0;
    const T* at = x + begin * stride;
    if (stride == 1 && count >= size) {
      Lanes several;
      for (; i + registers * size <= count; i += registers * size) {
        for (std::int64_t r = 0; r < registers; ++r) several.join(r, at + i + r * size);
      }
      for (; i + size <= count; i += size) several.join(0, at + i);
      total = R::template merge<W>(total, several.total());
      if (i == count) continue;
    }
    T rest = R::template start<T>();
    for (; i < count; ++i) rest = joined<R>(rest, at[i * stride]);
    total = R::template merge<W>(total, static_cast<W>(rest));
  }
  return total;
}

/// x's dimensions sorted into kept and reduced ones, neighbors merged.
struct Plan {
  Layout kept{{}, {}, 0}, kept_out{{}, {}, 0}, reduced{{}, {}, 0};
  Plan(const Tensor& x, const Tensor& out) {
    for (int d = 0; d < x.ndim(); ++d) {
      if (out.shape()[d] == 1 && x.shape()[d] != 1) {
        reduced.shape.push_back(x.shape()[d]);
        reduced.strides.push_back(x.strides()[d]);
      } else if (x.shape()[d] != 1) {
        kept.shape.push_back(x.shape()[d]);
        kept.strides.push_back(x.strides()[d]);
        kept_out.strides.push_back(out.strides()[d]);
      }
    }
    kept_out.shape = kept.shape;
  }
};

template <class R, class T> void run(const Tensor& x, const Tensor& out) {
  using W = std::conditional_t<std::is_floating_point_v<T>, double, std::int64_t>;
  Plan plan(x, out);
  const T* data = static_cast<const T*>(x.raw());
  T* result = static_cast<T*>(out.raw());
  const Layout* kept_layouts[] = {&plan.kept, &plan.kept_out};
  const Layout* reduced_layouts[] = {&plan.reduced};
  StridedWalk kept(kept_layouts), reduced(reduced_layouts);
  std::int64_t each = reduced.numel;  // elements that go into one result
  auto store = [](W value) { return static_cast<T>(value); };
  std::int64_t grain = std::max<std::int64_t>(1, 32768 / std::max<std::int64_t>(each, 1));
  int last = kept.shape.size() - 1;
  bool rows = each > 0 && kept.strides[0][last] == 1 && reduced.strides[0][reduced.shape.size() - 1] != 1;

  parallel_for(kept.numel, grain, [&](std::int64_t begin, std::int64_t end) {
    constexpr std::int64_t width = 256;
    T part[width];
    W total[width];
    kept.runs(0, begin, end, [&](std::int64_t done, std::int64_t count, std::int64_t offset, std::int64_t stride) {
      std::int64_t out_offset = kept.offset(1, begin + done);
      std::int64_t out_stride = kept.strides[1][last];
      if (!rows) {
        for (std::int64_t i = 0; i < count; ++i) {
          if (reduced.shape.size() == 1) {
            W sum = reduce_run<R, W>(data + offset + i * stride, each, reduced.strides[0][0]);
            result[out_offset + i * out_stride] = store(sum);
            continue;
          }
          W sum = R::template start<W>();
          reduced.runs(0, 0, each, [&](std::int64_t, std::int64_t n, std::int64_t o, std::int64_t s) {
            sum = R::template merge<W>(sum, reduce_run<R, W>(data + offset + i * stride + o, n, s));
          });
          result[out_offset + i * out_stride] = store(sum);
        }
        return;
      }
      // The results lie side by side: whole rows are joined, `width` columns at a time.
      for (std::int64_t column = 0; column < count; column += width) {
        std::int64_t columns = std::min(width, count - column);
        std::fill_n(total, columns, R::template start<W>());
        std::fill_n(part, columns, R::template start<T>());
        std::int64_t joined_rows = 0;
        auto flush = [&] {
          for (std::int64_t i = 0; i < columns; ++i) total[i] = R::template merge<W>(total[i], static_cast<W>(part[i]));
          std::fill_n(part, columns, R::template start<T>());
          joined_rows = 0;
        };
        reduced.runs(0, 0, each, [&](std::int64_t, std::int64_t n, std::int64_t o, std::int64_t s) {
          for (std::int64_t r = 0; r < n; ++r) {
            const T* row = data + offset + column + o + r * s;
            for (std::int64_t i = 0; i < columns; ++i) {
              part[i] = joined<R>(part[i], row[i]);
            }
            if (++joined_rows == 128) flush();
          }
        });
        flush();
        for (std::int64_t i = 0; i < columns; ++i) result[out_offset + (column + i) * out_stride] = store(total[i]);
      }
    });
  });
}

template <class T> void run(const Tensor& x, const Tensor& out, ReduceOp reduction) {
  switch (reduction) {
    case ReduceOp::sum: return run<SumOf, T>(x, out);
    case ReduceOp::sum_of_squares: return run<SquaresOf, T>(x, out);
    case ReduceOp::max: return run<MaxOf, T>(x, out);
    case ReduceOp::min: return run<MinOf, T>(x, out);
  }
}

void reduce_cpu(const Tensor& x, const Tensor& out, ReduceOp reduction) {
  DType dtype = x.dtype();
  if (dtype == float32) return run<float>(x, out, reduction);
  if (dtype == float64) return run<double>(x, out, reduction);
  if (dtype == int64) return run<std::int64_t>(x, out, reduction);
  // The other dtypes are reduced in the type arithmetic on them is done in.
  DType wide = is_floating(dtype) ? float32 : int64;
  Tensor wide_x = scratch_tensor(x.shape(), wide), wide_out = scratch_tensor(out.shape(), wide);
  copy(x, wide_x);
  reduce_cpu(wide_x, wide_out, reduction);
  copy(wide_out, out);
}

[[maybe_unused]] const bool registered = reduce.on(DeviceType::cpu, reduce_cpu);

}  // namespace
}  // namespace adora::backends::cpu
