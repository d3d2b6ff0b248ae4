#include "../low_rank.h"

#include "../basic.h"
#include "../gemm.h"
#include "low_rank_update.h"
#include "narrow.h"
#include "packs.h"
#include "two_halves.h"

// Products by cuBLAS, and one pass over each large tensor for all that is not one.

namespace adora::backends::cuda {
namespace {

// ---- z = drop(x)·mᵀ --------------------------------------------------------------------------------------------

/// squares[t] = Σ x[t, :]² of x [T, K], one block a row; some numbers at a time in the type arithmetic is done in.
template <class T> __global__ void squares_kernel(const T* x, double* squares, std::int64_t length) {
  using C = Compute<T>;
  constexpr int run = 16;
  const T* row = x + blockIdx.x * length;
  double total = 0;
  for (std::int64_t begin = threadIdx.x; begin < length; begin += run * blockDim.x) {
    C part = 0;
    for (int k = 0; k < run; ++k) {
      std::int64_t i = begin + k * static_cast<std::int64_t>(blockDim.x);
      if (i >= length) break;
      C value = static_cast<C>(row[i]);
      part += value * value;
    }
    total += static_cast<double>(part);
  }
  total = block_sum(total);
  if (threadIdx.x == 0) squares[blockIdx.x] = total;
}

/// x·mᵀ for a half x and a float32 m, both halves of it: for the norm, of which what the factors contribute is a small
/// part.
void product_in_two_parts(const Tensor& x, const Tensor& m, const Tensor& z) {
  const std::int64_t rank = m.size(0);
  const Tensor halves = two_halves(m, x.dtype());
  for (std::int64_t first : {std::int64_t{0}, rank})
    gemm(x, flipped(halves.with_layout(halves.layout().sliced(0, first, first + rank))), z, 1, first > 0);
}

void narrow_product_cuda(const Tensor& x, const Tensor& m, const DropoutMask& mask, const Tensor& z,
                         const Tensor& squares) {
  const std::int64_t rank = m.size(0);
  if (z.size(1) > rank) fill(z.with_layout(z.layout().sliced(1, rank, z.size(1))), 0);
  if (squares.defined() && size_of(x.dtype()) == 2) product_in_two_parts(x, m, columns(z, rank));
  else gemm(dropped(x, mask), flipped(m), columns(z, rank), 1, 0);
  if (!squares.defined() || x.size(0) == 0) return;
  visit_floating("narrow_product", x.dtype(), [&]<class T>() {
    launch(squares_kernel<T>, dim3(static_cast<unsigned>(x.size(0))), block_threads, 0, static_cast<const T*>(x.raw()),
           squares.data<double>(), x.size(1));
  });
}

// ---- out = column ∘ (row ∘ in + scale·z·m) + shift ------------------------------------------------------------

/// out[t, j] = column[j]·row[t]·in[t, j] + shift[j] of [T, N]; null vectors are left out. in may be out.
template <class T, class C>
__global__ void affine_kernel(const T* in, const C* row, const C* column, const C* shift, T* out, std::int64_t numel,
                              std::int64_t length) {
  for (std::int64_t i = global_thread(); i < numel; i += global_threads()) {
    const std::int64_t t = i / length, j = i - t * length;
    C value = static_cast<C>(in[i]);
    if (row) value *= row[t];
    if (column) value *= column[j];
    if (shift) value += shift[j];
    out[i] = T(value);
  }
}

/// The same, four neighbors at a time: length a multiple of 4.
template <class T, class C>
__global__ void affine_fours_kernel(const Four<T>* in, const C* row, const C* column, const C* shift, Four<T>* out,
                                    std::int64_t groups, std::int64_t row_groups) {
  for (std::int64_t i = global_thread(); i < groups; i += global_threads()) {
    const std::int64_t t = i / row_groups, j = (i - t * row_groups) * 4;
    Four<T> value = in[i];
    const C by = row ? row[t] : C(1);
    for (int k = 0; k < 4; ++k) {
      C one = by * static_cast<C>(value.value[k]);
      if (column) one *= column[j + k];
      if (shift) one += shift[j + k];
      value.value[k] = T(one);
    }
    out[i] = value;
  }
}

void affine(const Tensor& in, const Tensor& row, const Tensor& column, const Tensor& shift, const Tensor& out) {
  if (out.numel() == 0) return;
  visit_floating("wide_update", out.dtype(), [&]<class T>() {
    using C = Compute<T>;
    auto vector = [](const Tensor& v) -> const C* { return v.defined() ? v.data<C>() : nullptr; };
    const std::int64_t length = out.size(1);
    if (length % 4 == 0 && lies_in_fours<T>(in) && lies_in_fours<T>(out)) {
      launch(affine_fours_kernel<T, C>, blocks_for(out.numel() / 4), block_threads, 0,
             static_cast<const Four<T>*>(in.raw()), vector(row), vector(column), vector(shift),
             static_cast<Four<T>*>(out.raw()), out.numel() / 4, length / 4);
    } else {
      launch(affine_kernel<T, C>, blocks_for(out.numel()), block_threads, 0, in.data<T>(), vector(row), vector(column),
             vector(shift), out.data<T>(), out.numel(), length);
    }
  });
}

/// Up to which rank the pass with the product in it is the faster: beyond, cuBLAS saves more than a further pass costs,
/// which there is only with a column or a shift.
std::int64_t most_rank_of_one_pass(bool further_pass) { return further_pass ? 192 : 32; }

void wide_update_cuda(const Tensor& in, const Tensor& row, const Tensor& z, const Tensor& m, double scale,
                      const Tensor& column, const Tensor& shift, const Tensor& out) {
  if (out.numel() == 0) return;
  const bool low_rank = z.defined() && m.defined() && m.size(0) > 0;
  if (!low_rank) return affine(in, row, column, shift, out);
  // float16 has not the range for what a column is yet to scale.
  const bool one_pass = row.defined() || out.dtype() == float16 ||
                        m.size(0) <= most_rank_of_one_pass(column.defined() || shift.defined());
  if (one_pass && low_rank_update(in, row, z, m, scale, {}, column, shift, out)) return;
  // The product is added where the rest has been scaled by the rows and not yet by the columns.
  const Tensor left = columns(z, m.size(0));
  if (row.defined()) affine(in, row, {}, {}, out);
  else if (!in.is(out)) copy(in, out);
  gemm(left, m, out, scale, 1);
  if (column.defined() || shift.defined()) affine(out, {}, column, shift, out);
}

[[maybe_unused]] const bool registered =
    narrow_product.on(DeviceType::cuda, narrow_product_cuda) && wide_update.on(DeviceType::cuda, wide_update_cuda);

}  // namespace
}  // namespace adora::backends::cuda
