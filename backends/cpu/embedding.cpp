#include "../embedding.h"

#include <cstring>

#include "../basic.h"
#include "parallel.h"
#include "scratch.h"

namespace adora::backends::cpu {
namespace {

void embedding_cpu(const Tensor& weight, const Tensor& ids, const Tensor& out) {
  std::int64_t n = ids.numel(), vocabulary = weight.size(0), width = weight.size(1);
  const std::int64_t* id = ids.data<std::int64_t>();
  std::int64_t id_stride = n ? ids.strides()[0] : 0;
  for (std::int64_t i = 0; i < n; ++i) {
    check(id[i * id_stride] >= 0 && id[i * id_stride] < vocabulary,
          "embedding: the id at position {} is {}, outside 0 … {} of the table {}", i, id[i * id_stride],
          vocabulary - 1, describe(weight));
  }
  // The rows are moved as they are, whatever they hold.
  auto move = [&]<class Word>(Word) {
    const Word* from = static_cast<const Word*>(weight.raw());
    Word* to = static_cast<Word*>(out.raw());
    std::int64_t row = weight.strides()[0], stride = weight.strides()[1];
    parallel_for(n, std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(width, 1)),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t i = begin; i < end; ++i) {
                     const Word* source = from + id[i * id_stride] * row;
                     if (stride == 1) {
                       std::memcpy(to + i * width, source, static_cast<std::size_t>(width) * sizeof(Word));
                     } else {
                       for (std::int64_t c = 0; c < width; ++c) to[i * width + c] = source[c * stride];
                     }
                   }
                 });
  };
  switch (size_of(weight.dtype())) {
    case 8: return move(std::uint64_t{});
    case 4: return move(std::uint32_t{});
    case 2: return move(std::uint16_t{});
    default: return move(std::uint8_t{});
  }
}

template <class C> void add_rows(const Tensor& grad, const Tensor& ids, const Tensor& out) {
  std::int64_t n = ids.numel(), width = out.size(1);
  const std::int64_t* id = ids.data<std::int64_t>();
  std::int64_t id_stride = n ? ids.strides()[0] : 0;
  const C* from = grad.data<C>();
  C* to = out.data<C>();
  // Each thread adds its own columns of every row, in order: the same sums for any number of threads.
  constexpr std::int64_t line = 16;
  std::int64_t lines = (width + line - 1) / line;
  std::int64_t grain = std::max<std::int64_t>(1, 4096 / std::max<std::int64_t>(n, 1));
  parallel_for(lines, grain, [&](std::int64_t first, std::int64_t last) {
    std::int64_t begin = first * line, end = std::min(last * line, width);
    for (std::int64_t i = 0; i < n; ++i) {
      C* sum = to + id[i * id_stride] * width;
      const C* row = from + i * width;
#pragma omp simd
      for (std::int64_t c = begin; c < end; ++c) sum[c] += row[c];
    }
  });
}

void embedding_gradient_cpu(const Tensor& grad, const Tensor& ids, const Tensor& out) {
  Tensor rows = contiguous(grad);
  bool half = grad.dtype() != float32 && grad.dtype() != float64;
  if (half) {
    Tensor wide = scratch_tensor(rows.shape(), float32), sum = scratch_tensor(out.shape(), float32);
    copy(rows, wide);
    fill(sum, 0);
    add_rows<float>(wide, ids, sum);
    copy(sum, out);
    return;
  }
  fill(out, 0);
  grad.dtype() == float64 ? add_rows<double>(rows, ids, out) : add_rows<float>(rows, ids, out);
}

[[maybe_unused]] const bool registered =
    embedding.on(DeviceType::cpu, embedding_cpu) && embedding_gradient.on(DeviceType::cpu, embedding_gradient_cpu);

}  // namespace
}  // namespace adora::backends::cpu
