#include "../loops.h"
#include "low_rank.h"
#include "scratch.h"

#include <cmath>

#include "../basic.h"

namespace adora::backends::cpu {
namespace {

/// to[i, k] = scale·factor[i]·Σ_parts part[i, k] for the r real columns of the narrow parts [parts, n, R].
template <class C> void join_parts(const Tensor& parts, double scale, const C* factor, const Tensor& to) {
  std::int64_t n = parts.size(1), columns = parts.size(2), rank = to.size(1);
  const C* from = parts.data<C>();
  C* out = to.data<C>();
  std::int64_t along = to.strides()[0], across = to.strides()[1];
  parallel_for(n, std::max<std::int64_t>(1, 32768 / std::max<std::int64_t>(columns, 1)),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   C by = static_cast<C>(scale) * (factor ? factor[i] : C(1));
                   for (std::int64_t k = 0; k < rank; ++k) {
                     C sum = 0;
                     for (std::int64_t p = 0; p < parts.size(0); ++p) sum += from[(p * n + i) * columns + k];
                     out[i * along + k * across] = by * sum;
                   }
                 }
               });
}

/// The pass over some rows of a block: copies g, scales it, and adds to the sums over columns.
template <class C> struct OutputRows {
  const C *g, *y, *bias, *c;
  C *scaled, *block;  ///< undefined ones null
  C *dot, *size, *weight, *sum;
  std::int64_t ld, count;
  bool sums;

  template <int R> void run(std::int64_t row, std::int64_t in_block) const {
    if (y && scaled) columns<R, true, true>(row, in_block);
    else if (y) columns<R, true, false>(row, in_block);
    else if (scaled) columns<R, false, true>(row, in_block);
    else columns<R, false, false>(row, in_block);
    for (int r = 0; sums && r < R; ++r) {
      const C* from = block + (in_block + r) * block_stride;
      ADORA_INDEPENDENT
      for (std::int64_t i = 0; i < count; ++i) sum[i] += from[i];
    }
  }

  template <int R, bool dots, bool scales> void columns(std::int64_t row, std::int64_t in_block) const {
    const C *from = g + row * ld, *of = dots ? y + row * ld : nullptr;
    C *out = scales ? scaled + row * ld : nullptr, *to = block + in_block * block_stride;
    ADORA_INDEPENDENT
    for (std::int64_t i = 0; i < count; ++i) {
      C d = dots ? dot[i] : C(0), s = dots ? size[i] : C(0), w = dots ? weight[i] : C(0);
      ADORA_UNROLL(4)
      for (int r = 0; r < R; ++r) {
        C up = from[r * ld + i];
        to[r * block_stride + i] = up;
        if constexpr (dots) {
          C product = up * (of[r * ld + i] - bias[i]);
          d += product;
          s += std::abs(product);
          w += std::abs(up);
        }
        if constexpr (scales) out[r * ld + i] = up * c[i];
      }
      if constexpr (dots) dot[i] = d, size[i] = s, weight[i] = w;
    }
  }
};

template <class C> void output_side_rows(const OutputSide& o) {
  std::int64_t rows = o.g.size(0), n = o.g.size(1);
  std::int64_t columns = o.h.defined() ? o.h.size(1) : o.z.defined() ? o.z.size(1) : 0;
  auto pointer = [](const Tensor& t) { return t.defined() ? t.data<C>() : nullptr; };
  const C *g = pointer(o.g), *y = pointer(o.y), *bias = pointer(o.bias), *c = pointer(o.c), *z = pointer(o.z);
  C *scaled = pointer(o.scaled), *h = pointer(o.h);
  bool dots = o.dot.defined(), sums = o.sum.defined();
  std::int64_t grain = low_rank_grain(n), parts = parts_of(rows, grain);
  Tensor packed;
  if (h) packed = narrow_rows<C>(o.B.with_layout(o.B.layout().transposed(0, 1)), c);
  Tensor scratch = scratch_tensor({parts, block_rows * block_stride}, o.g.dtype());
  Tensor dB = o.dB.defined() ? scratch_tensor({parts, n, columns}, o.g.dtype()) : Tensor();
  Tensor totals = dots || sums ? scratch_tensor({parts, 4, n}, float64) : Tensor();
  std::vector<C> ones(c ? 0 : block_columns, C(1)), zeros(bias ? 0 : block_columns, C(0));
  if (dB.defined()) fill(dB, 0);
  if (totals.defined()) fill(totals, 0);
  parallel_for(rows, grain, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t part = this_part(parts);
    C* block = scratch.data<C>() + part * block_rows * block_stride;
    double* total = totals.defined() ? totals.data<double>() + part * 4 * n : nullptr;
    if (h) std::fill(h + begin * columns, h + end * columns, C(0));
    alignas(64) C dot[block_columns], sum[block_columns], size[block_columns], weight[block_columns];
    for_each_block(begin, end, n, [&](std::int64_t t, std::int64_t t_end, std::int64_t j, std::int64_t j_end) {
      std::int64_t count = j_end - j;
      const C* factor = c ? c + j : ones.data();
      const C* offset = bias ? bias + j : zeros.data();
      for (C* each : {dot, sum, size, weight}) std::fill_n(each, count, C(0));
      OutputRows<C> pass{g + j,
                         dots ? y + j : nullptr,
                         offset,
                         factor,
                         scaled ? scaled + j : nullptr,
                         block,
                         dot,
                         size,
                         weight,
                         sum,
                         n,
                         count,
                         sums};
      std::int64_t row = t;
      for (; row + 4 <= t_end; row += 4) pass.template run<4>(row, row - t);
      for (; row < t_end; ++row) pass.template run<1>(row, row - t);
      if (total) {
        for (std::int64_t i = 0; i < count; ++i) {
          total[j + i] += dot[i];
          total[n + j + i] += sum[i];
          total[2 * n + j + i] += size[i];
          total[3 * n + j + i] += weight[i];
        }
      }
      if (h) {
        small_gemm<C>(t_end - t, columns, count, block, block_stride, 1, packed.data<C>() + j * columns, columns,
                      h + t * columns, columns, true);
      }
      if (dB.defined()) {
        small_gemm<C>(count, columns, t_end - t, block, 1, block_stride, z + t * columns, columns,
                      dB.data<C>() + (part * n + j) * columns, columns, true);
      }
    });
  });
  if (dB.defined()) join_parts<C>(dB, o.scale, c, o.dB);
  const Tensor* results[] = {&o.dot, &o.sum, &o.size, &o.weight};
  for (int which = 0; which < 4; ++which) {
    if (!results[which]->defined()) continue;
    double* to = results[which]->data<double>();
    for (std::int64_t j = 0; j < n; ++j) {
      to[j] = 0;
      for (std::int64_t p = 0; p < parts; ++p) to[j] += totals.data<double>()[(p * 4 + which) * n + j];
    }
  }
}

void output_side_cpu(const Tensor& g, const OutputSide& o) {
  visit_compute(g.dtype(), [&]<class C>() { output_side_rows<C>(o); });
}

template <class C>
void input_side_rows(const Tensor& h, const Tensor& A, const Tensor& x, const DropoutMask& mask, double scale,
                     const Tensor& dx, const Tensor& dA) {
  constexpr std::int64_t band = 16;  // rows whose product stays in the first cache
  std::int64_t rows = h.size(0), columns = h.size(1), rank = A.size(0), n = A.size(1);
  Tensor packed = dx.defined() ? wide_rows<C>(A) : Tensor();
  const C *ph = h.data<C>(), *px = dA.defined() ? x.data<C>() : nullptr,
          *pA = packed.defined() ? packed.data<C>() : nullptr;
  C* pdx = dx.defined() ? dx.data<C>() : nullptr;
  C s = static_cast<C>(scale);
  std::int64_t grain = low_rank_grain(n), parts = parts_of(rows, grain);
  bool drops = mask.p > 0;
  std::int64_t each = block_rows * block_stride;
  Tensor scratch = scratch_tensor({parts, 2 * each}, h.dtype());
  Tensor sums = dA.defined() ? scratch_tensor({parts, n, columns}, h.dtype()) : Tensor();
  if (sums.defined()) fill(sums, 0);
  parallel_for(rows, grain, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t part = this_part(parts);
    C* block = scratch.data<C>() + part * 2 * each;
    C* factors = block + each;
    alignas(64) C product[band * block_columns];
    for_each_block(begin, end, n, [&](std::int64_t t, std::int64_t t_end, std::int64_t j, std::int64_t j_end) {
      std::int64_t count = j_end - j;
      if (px || drops) copy_block(px, n, mask, t, t_end, j, j_end, block, drops && pdx ? factors : nullptr);
      if (px) {
        small_gemm<C>(count, columns, t_end - t, block, 1, block_stride, ph + t * columns, columns,
                      sums.data<C>() + (part * n + j) * columns, columns, true);
      }
      if (!pdx) return;
      for (std::int64_t first = t; first < t_end; first += band) {
        std::int64_t last = std::min(first + band, t_end);
        small_gemm<C>(last - first, padded<C>(count), rank, ph + first * columns, columns, 1, pA + j, packed.size(1),
                      product, block_columns, false);
        for (std::int64_t row = first; row < last; ++row) {
          const C* low = product + (row - first) * block_columns;
          const C* keep = factors + (row - t) * block_stride;
          C* to = pdx + row * n + j;
          if (drops) {
            ADORA_INDEPENDENT
            for (std::int64_t i = 0; i < count; ++i) to[i] += s * keep[i] * low[i];
          } else {
            ADORA_INDEPENDENT
            for (std::int64_t i = 0; i < count; ++i) to[i] += s * low[i];
          }
        }
      }
    });
  });
  if (sums.defined()) join_parts<C>(sums, scale, nullptr, dA.with_layout(dA.layout().transposed(0, 1)));
}

void input_side_cpu(const Tensor& h, const Tensor& A, const Tensor& x, const DropoutMask& mask, double scale,
                    const Tensor& dx, const Tensor& dA) {
  visit_compute(h.dtype(), [&]<class C>() { input_side_rows<C>(h, A, x, mask, scale, dx, dA); });
}

[[maybe_unused]] const bool registered =
    output_side.on(DeviceType::cpu, output_side_cpu) && input_side.on(DeviceType::cpu, input_side_cpu);

}  // namespace
}  // namespace adora::backends::cpu
