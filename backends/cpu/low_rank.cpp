#include "low_rank.h"
#include "../loops.h"
#include "scratch.h"

namespace adora::backends::cpu {
namespace {

/// sums[r] += Σ_i x[r·ld + i]² for `rows` rows of n numbers.
template <class C> void add_squares(const C* x, std::int64_t ld, std::int64_t rows, std::int64_t n, double* sums) {
  constexpr std::int64_t lanes = 64;  // so many that additions need not wait for one another
  for (std::int64_t r = 0; r < rows; ++r) {
    C lane[lanes] = {};
    const C* row = x + r * ld;
    std::int64_t i = 0;
    for (; i + lanes <= n; i += lanes) {
      for (std::int64_t l = 0; l < lanes; ++l) lane[l] += row[i + l] * row[i + l];
    }
    for (std::int64_t l = 0; i < n; ++i, ++l) lane[l] += row[i] * row[i];
    for (std::int64_t half = lanes / 2; half > 0; half /= 2) {
      for (std::int64_t l = 0; l < half; ++l) lane[l] += lane[l + half];
    }
    sums[r] += static_cast<double>(lane[0]);
  }
}

template <class C>
void narrow_product_rows(const Tensor& x, const Tensor& m, const DropoutMask& mask, const Tensor& z,
                         const Tensor& squares) {
  std::int64_t rows = x.size(0), n = x.size(1), columns = z.size(1);
  Tensor packed = narrow_rows<C>(m);
  const C *px = x.data<C>(), *pm = packed.data<C>();
  C* pz = z.data<C>();
  std::int64_t grain = low_rank_grain(n), parts = parts_of(rows, grain);
  Tensor scratch = mask.p > 0 ? scratch_tensor({parts, block_rows * block_stride}, x.dtype()) : Tensor();
  parallel_for(rows, grain, [&](std::int64_t begin, std::int64_t end) {
    std::fill(pz + begin * columns, pz + end * columns, C(0));
    if (squares.defined()) std::fill(squares.data<double>() + begin, squares.data<double>() + end, 0.0);
    C* block = scratch.defined() ? scratch.data<C>() + this_part(parts) * block_rows * block_stride : nullptr;
    for_each_block(begin, end, n, [&](std::int64_t t, std::int64_t t_end, std::int64_t j, std::int64_t j_end) {
      if (block) copy_block(px, n, mask, t, t_end, j, j_end, block);
      if (!squares.defined()) {
        small_gemm<C>(t_end - t, columns, j_end - j, block ? block : px + t * n + j, block ? block_stride : n, 1,
                      pm + j * columns, columns, pz + t * columns, columns, true);
        return;
      }
      // A few rows at a time: the product reads them from memory, the squares from the first cache.
      for (std::int64_t row = t; row < t_end; row += tile_rows) {
        std::int64_t count = std::min<std::int64_t>(tile_rows, t_end - row);
        small_gemm<C>(count, columns, j_end - j, px + row * n + j, n, 1, pm + j * columns, columns, pz + row * columns,
                      columns, true);
        add_squares(px + row * n + j, n, count, j_end - j, squares.data<double>() + row);
      }
    });
  });
}

void narrow_product_cpu(const Tensor& x, const Tensor& m, const DropoutMask& mask, const Tensor& z,
                        const Tensor& squares) {
  visit_compute(x.dtype(), [&]<class C>() { narrow_product_rows<C>(x, m, mask, z, squares); });
}

template <class C>
void wide_update_rows(const Tensor& in, const Tensor& row, const Tensor& z, const Tensor& m, double scale,
                      const Tensor& column, const Tensor& shift, const Tensor& out) {
  constexpr std::int64_t band = 16;  // rows whose product stays in the first cache
  std::int64_t rows = in.size(0), n = in.size(1), rank = m.defined() ? m.size(0) : 0;
  Tensor packed = m.defined() ? wide_rows<C>(m) : Tensor();
  auto vector = [](const Tensor& v) { return v.defined() ? v.data<C>() : nullptr; };
  const C *pin = in.data<C>(), *prow = vector(row), *pz = vector(z), *pm = vector(packed);
  const C *pcolumn = vector(column), *pshift = vector(shift);
  C* pout = out.data<C>();
  C s = static_cast<C>(scale);
  std::int64_t narrow = z.defined() ? z.size(1) : 0, wide = packed.defined() ? packed.size(1) : 0;
  parallel_for(rows, low_rank_grain(n), [&](std::int64_t begin, std::int64_t end) {
    alignas(64) C product[band * block_columns];
    alignas(64) C factor[block_columns], offset[block_columns];
    for (std::int64_t j = 0; j < n; j += block_columns) {
      std::int64_t count = std::min(block_columns, n - j);
      for (std::int64_t i = 0; i < count; ++i) factor[i] = pcolumn ? pcolumn[j + i] : C(1);
      for (std::int64_t i = 0; i < count; ++i) offset[i] = pshift ? pshift[j + i] : C(0);
      for (std::int64_t t = begin; t < end; t += band) {
        std::int64_t t_end = std::min(t + band, end);
        if (rank > 0) {
          small_gemm<C>(t_end - t, padded<C>(count), rank, pz + t * narrow, narrow, 1, pm + j, wide, product,
                        block_columns, false);
        }
        for (std::int64_t r = t; r < t_end; ++r) {
          const C* from = pin + r * n + j;
          const C* low = product + (r - t) * block_columns;
          C* to = pout + r * n + j;
          C by = prow ? prow[r] : C(1);
          if (rank > 0) {
            ADORA_INDEPENDENT
            for (std::int64_t i = 0; i < count; ++i) to[i] = factor[i] * (by * from[i] + s * low[i]) + offset[i];
          } else {
            ADORA_INDEPENDENT
            for (std::int64_t i = 0; i < count; ++i) to[i] = factor[i] * (by * from[i]) + offset[i];
          }
        }
      }
    }
  });
}

void wide_update_cpu(const Tensor& in, const Tensor& row, const Tensor& z, const Tensor& m, double scale,
                     const Tensor& column, const Tensor& shift, const Tensor& out) {
  visit_compute(in.dtype(), [&]<class C>() { wide_update_rows<C>(in, row, z, m, scale, column, shift, out); });
}

[[maybe_unused]] const bool registered =
    narrow_product.on(DeviceType::cpu, narrow_product_cpu) && wide_update.on(DeviceType::cpu, wide_update_cpu);

}  // namespace
}  // namespace adora::backends::cpu
