#include "../basic.h"
#include "../conv.h"
#include "columns.h"
#include "parallel.h"
#include "scratch.h"

namespace adora::backends::cpu {
namespace {

constexpr std::int64_t least_numbers = 1 << 14;  // worth waking a thread for

std::int64_t planes_of(const Tensor& x) { return x.shape()[0] * x.shape()[1]; }

std::int64_t grain(const Windows& w) {
  return std::max<std::int64_t>(1, least_numbers / std::max<std::int64_t>(1, w.taps() * w.count()));
}

void unfold_cpu(const Tensor& x, const Tensor& columns, const Windows& w) {
  visit_word(x.dtype(), [&]<class Word>() {
    const auto* from = static_cast<const Word*>(x.raw());
    auto* to = static_cast<Word*>(columns.raw());
    parallel_for(planes_of(x), grain(w), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const Word* plane = from + i * w.image();
        gather_columns(w, plane, 0, 1, {0, 1, 0, w.count()}, to + i * w.taps() * w.count());
      }
    });
  });
}

template <class T> void fold_planes(const Tensor& columns, const Tensor& x, const Windows& w) {
  const T* from = columns.data<T>();
  T* to = x.data<T>();
  parallel_for(planes_of(x), grain(w), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      std::fill_n(to + i * w.image(), w.image(), T(0));
      add_columns(w, from + i * w.taps() * w.count(), 0, 1, {0, 1, 0, w.count()}, to + i * w.image());
    }
  });
}

void fold_cpu(const Tensor& columns, const Tensor& x, const Windows& w) {
  if (x.dtype() == float32) return fold_planes<float>(columns, x, w);
  if (x.dtype() == float64) return fold_planes<double>(columns, x, w);
  Tensor wide_columns = scratch_tensor(columns.shape(), float32), wide = scratch_tensor(x.shape(), float32);
  copy(columns, wide_columns);
  fold_planes<float>(wide_columns, wide, w);
  copy(wide, x);
}

[[maybe_unused]] const bool registered = unfold.on(DeviceType::cpu, unfold_cpu) && fold.on(DeviceType::cpu, fold_cpu);

}  // namespace
}  // namespace adora::backends::cpu
