#include "../index.h"
#include "../loops.h"

#include <cstring>

#include "../basic.h"
#include "parallel.h"
#include "scratch.h"
#include "strided_rows.h"

namespace adora::backends::cpu {
namespace {

/// Before any number moves, so that a bad index leaves everything as it was.
void check_range(const char* op, const Tensor& index, std::int64_t size, const Tensor& x) {
  if (index.numel() == 0) return;
  RowAddress rows(index);
  std::int64_t length = index.size(-1), count = count_rows(index);
  std::int64_t low = 0, high = 0;
  for (std::int64_t r = 0; r < count; ++r) {
    const std::int64_t* row = rows.at<std::int64_t>(r);
    for (std::int64_t i = 0; i < length; ++i) {
      low = std::min(low, row[i * rows.stride]);
      high = std::max(high, row[i * rows.stride]);
    }
  }
  check(low >= 0 && high < size,
        "{}: the index {} is out of range: {} has {} places in that dimension, numbered from 0", op,
        low < 0 ? low : high, describe(x), size);
}

/// Calls f.template operator()<C>() with the type sums of a dtype are taken in.
template <class F> void visit_sum(DType dtype, F&& f) {
  if (is_floating(dtype)) visit_compute(dtype, f);
  else f.template operator()<std::int64_t>();
}

/// x cut to the size of `index` in all dimensions but the last.
Tensor cut(const Tensor& x, const Tensor& index) {
  Layout layout = x.layout();
  for (int d = 0; d + 1 < x.ndim(); ++d) layout.shape[d] = index.shape()[d];
  return x.with_layout(layout);
}

void gather_cpu(const char* op, const Tensor& x, const Tensor& index, const Tensor& out) {
  std::int64_t n = index.size(-1);
  check_range(op, index, x.size(-1), x);
  Tensor source = cut(x, index);
  visit_word(x.dtype(), [&]<class Word>() {
    parallel_for(count_rows(index), row_grain(n), [&](std::int64_t begin, std::int64_t end) {
      RowAddress from(source), places(index), to(out);
      for (std::int64_t r = begin; r < end; ++r) {
        const Word* in = from.at<Word>(r);
        const std::int64_t* place = places.at<std::int64_t>(r);
        Word* row = to.at<Word>(r);
        for (std::int64_t j = 0; j < n; ++j) row[j * to.stride] = in[place[j * places.stride] * from.stride];
      }
    });
  });
}

void scatter_add_cpu(const char* op, const Tensor& index, const Tensor& from, const Tensor& out) {
  std::int64_t n = index.size(-1);
  check_range(op, index, out.size(-1), out);
  Tensor target = cut(out, index), source = cut(from, index);
  source = source.with_layout([&] {
    Layout layout = source.layout();
    layout.shape[layout.shape.size() - 1] = n;
    return layout;
  }());
  visit_sum(out.dtype(), [&]<class C>() {
    parallel_for(count_rows(index), row_grain(n), [&](std::int64_t begin, std::int64_t end) {
      Rows<C> adds(source), sums(target);
      RowAddress places(index);
      for (std::int64_t r = begin; r < end; ++r) {
        const C* add = adds.read(r);
        // Half types: the whole row is summed in float32, then rounded once.
        C* sum = const_cast<C*>(sums.read(r));
        const std::int64_t* place = places.at<std::int64_t>(r);
        for (std::int64_t j = 0; j < n; ++j) sum[place[j * places.stride]] += add[j];
        sums.written(r);
      }
    });
  });
}

void index_select_cpu(const char* op, const Tensor& x, const Tensor& index, const Tensor& out) {
  check_range(op, index, x.size(0), x);
  std::int64_t n = index.size(0), inner = n ? out.numel() / n : 0;
  if (inner == 0) return;
  RowAddress places(index);
  const std::int64_t* place = places.at<std::int64_t>(0);
  // Rows of x, one for each entry of its inner dimensions but the last.
  std::int64_t columns = x.ndim() > 1 ? x.size(-1) : 1, pieces = inner / columns;
  Tensor source = x.ndim() > 1 ? x : x.with_layout({{x.size(0), 1}, {x.strides()[0], 1}, x.layout().offset});
  Tensor target = x.ndim() > 1 ? out : out.with_layout({{n, 1}, {out.strides()[0], 1}, out.layout().offset});
  visit_word(x.dtype(), [&]<class Word>() {
    parallel_for(n * pieces, row_grain(columns), [&](std::int64_t begin, std::int64_t end) {
      RowAddress from(source), to(target);
      for (std::int64_t r = begin; r < end; ++r) {
        const Word* in = from.at<Word>(place[r / pieces * places.stride] * pieces + r % pieces);
        Word* row = to.at<Word>(r);
        if (from.stride == 1 && to.stride == 1) {
          std::memcpy(row, in, static_cast<std::size_t>(columns) * sizeof(Word));
        } else {
          for (std::int64_t j = 0; j < columns; ++j) row[j * to.stride] = in[j * from.stride];
        }
      }
    });
  });
}

void index_add_cpu(const char* op, const Tensor& index, const Tensor& from, const Tensor& out) {
  check_range(op, index, out.size(0), out);
  std::int64_t n = index.size(0), inner = n ? from.numel() / n : 0;
  if (inner == 0) return;
  if (size_of(out.dtype()) < 4) {  // sums of many small numbers: once in a wide type, then rounded
    Tensor wide = scratch_tensor(out.shape(), is_floating(out.dtype()) ? float32 : int64);
    backends::copy(out, wide);
    Tensor adds = scratch_tensor(from.shape(), wide.dtype());
    backends::copy(from, adds);
    index_add_cpu(op, index, adds, wide);
    backends::copy(wide, out);
    return;
  }
  RowAddress places(index);
  const std::int64_t* place = places.at<std::int64_t>(0);
  Tensor adds = backends::contiguous(from);
  visit(out.dtype(), [&]<class T>() {
    if constexpr (sizeof(T) >= 4) {
      check(out.is_contiguous(), "{}: the output of index_add must be contiguous", op);
      const T* source = static_cast<const T*>(adds.raw());
      T* sums = static_cast<T*>(out.raw());
      // Each thread adds some of the columns of every row, so the order of additions is always that of the index.
      parallel_for(inner, std::max<std::int64_t>(16, 32768 / n), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = 0; i < n; ++i) {
          T* sum = sums + place[i * places.stride] * inner;
          const T* add = source + i * inner;
          ADORA_INDEPENDENT
          for (std::int64_t j = begin; j < end; ++j) sum[j] += add[j];
        }
      });
    }
  });
}

void scatter_cpu(const char* op, const Tensor& index, const Tensor& from, const Tensor& out) {
  std::int64_t n = index.size(-1);
  check_range(op, index, out.size(-1), out);
  Tensor target = cut(out, index), source = cut(from, index);
  visit_word(out.dtype(), [&]<class Word>() {
    parallel_for(count_rows(index), row_grain(n), [&](std::int64_t begin, std::int64_t end) {
      RowAddress in(source), places(index), to(target);
      for (std::int64_t r = begin; r < end; ++r) {
        const Word* values = in.at<Word>(r);
        const std::int64_t* place = places.at<std::int64_t>(r);
        Word* row = to.at<Word>(r);
        for (std::int64_t j = 0; j < n; ++j) row[place[j * places.stride] * to.stride] = values[j * in.stride];
      }
    });
  });
}

void index_copy_cpu(const char* op, const Tensor& index, const Tensor& from, const Tensor& out) {
  check_range(op, index, out.size(0), out);
  check(out.is_contiguous(), "{}: the output of index_copy must be contiguous", op);
  std::int64_t n = index.size(0), inner = n ? from.numel() / n : 0;
  if (inner == 0) return;
  RowAddress places(index);
  const std::int64_t* place = places.at<std::int64_t>(0);
  Tensor values = backends::contiguous(from);
  visit_word(out.dtype(), [&]<class Word>() {
    const Word* source = static_cast<const Word*>(values.raw());
    Word* target = static_cast<Word*>(out.raw());
    // Each thread writes some of the columns of every slice, so the order of writing is always that of the index.
    parallel_for(inner, std::max<std::int64_t>(16, 32768 / n), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = 0; i < n; ++i) {
        std::copy(source + i * inner + begin, source + i * inner + end,
                  target + place[i * places.stride] * inner + begin);
      }
    });
  });
}

void wrap_index_cpu(const char* op, const Tensor& index, std::int64_t size, const Tensor& x, const Tensor& out) {
  backends::copy(index, out);
  auto* places = static_cast<std::int64_t*>(out.raw());
  for (std::int64_t i = 0; i < out.numel(); ++i) {
    check(places[i] >= -size && places[i] < size,
          "{}: the index {} is out of range: {} has {} places there, numbered from 0, or from the back from -1", op,
          places[i], describe(x), size);
    if (places[i] < 0) places[i] += size;
  }
}

[[maybe_unused]] const bool registered =
    gather.on(DeviceType::cpu, gather_cpu) && scatter_add.on(DeviceType::cpu, scatter_add_cpu) &&
    index_select.on(DeviceType::cpu, index_select_cpu) && index_add.on(DeviceType::cpu, index_add_cpu) &&
    scatter.on(DeviceType::cpu, scatter_cpu) && index_copy.on(DeviceType::cpu, index_copy_cpu) &&
    wrap_index.on(DeviceType::cpu, wrap_index_cpu);

}  // namespace
}  // namespace adora::backends::cpu
