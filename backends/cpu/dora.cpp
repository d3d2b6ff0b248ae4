#include "../dora.h"

#include <cmath>
#include <vector>

#include "parallel.h"
#include "strided_rows.h"

namespace adora::backends::cpu {
namespace {

/// Row j of V in double, and its squared length.
template <class C>
double row_of_v(Rows<C>& w, const Tensor& A, const Tensor& B, double scale, std::int64_t j, std::vector<double>& v) {
  std::int64_t n = A.size(1);
  const C* from = w.read(j);
  for (std::int64_t i = 0; i < n; ++i) v[static_cast<std::size_t>(i)] = from[i];
  for (std::int64_t k = 0; k < A.size(0); ++k) {
    double b = scale * B.data<C>()[j * B.strides()[0] + k * B.strides()[1]];
    const C* a = A.data<C>() + k * A.strides()[0];
    for (std::int64_t i = 0; i < n; ++i) v[static_cast<std::size_t>(i)] += b * a[i * A.strides()[1]];
  }
  double squares = 0;
  for (double x : v) squares += x * x;
  return squares;
}

template <class C>
void dora_norm_rows(const Tensor& W, const Tensor& A, const Tensor& B, double scale, const Tensor& squares,
                    const Tensor& WA, const Tensor& BG, const Tensor& n, const Tensor& VA) {
  // W·Aᵀ and B·(A·Aᵀ) carry errors of some units in the last place of ‖W_j‖·‖A_k‖ and of Σ_l |B_l|·‖A_l‖·‖A_k‖: the
  // sum's are units of (‖W_j‖ + |scale|·Σ_k |B_k|·‖A_k‖)², however much cancels on the way, be it V's parts or the
  // columns of B among themselves. Below this share of that bound the sum is not trusted.
  constexpr double small = std::is_same_v<C, float> ? 2e-3 : 2e-5;
  std::int64_t rows = W.size(0), rank = A.size(0), columns = WA.size(1);
  const C *wa = WA.data<C>(), *bg = BG.data<C>(), *b = B.data<C>();
  std::vector<double> lengths;  // ‖A_k‖
  for (std::int64_t k = 0; k < rank; ++k) {
    const C* a = A.data<C>() + k * A.strides()[0];
    double sum = 0;
    for (std::int64_t i = 0; i < A.size(1); ++i) sum += double{a[i * A.strides()[1]]} * a[i * A.strides()[1]];
    lengths.push_back(std::sqrt(sum));
  }
  C *result = n.data<C>(), *va = VA.defined() ? VA.data<C>() : nullptr;
  parallel_for(rows, std::max<std::int64_t>(1, 16384 / columns), [&](std::int64_t begin, std::int64_t end) {
    Rows<C> w(W);
    std::vector<double> v(static_cast<std::size_t>(A.size(1)));
    for (std::int64_t j = begin; j < end; ++j) {
      double cross = 0, low = 0, reach = 0;
      for (std::int64_t k = 0; k < rank; ++k) {
        double factor = b[j * B.strides()[0] + k * B.strides()[1]];
        cross += factor * wa[j * columns + k];
        low += factor * bg[j * columns + k];
        reach += std::abs(factor) * lengths[static_cast<std::size_t>(k)];
        if (va) va[j * rank + k] = static_cast<C>(scale * wa[j * columns + k] + scale * scale * bg[j * columns + k]);
      }
      double base = squares.data<double>()[j];
      double sum = base + 2 * scale * cross + scale * scale * low;
      double bound = std::sqrt(base) + std::abs(scale) * reach;
      if (sum <= small * bound * bound) {
        sum = row_of_v(w, A, B, scale, j, v);
        for (std::int64_t k = 0; va && k < rank; ++k) {
          const C* a = A.data<C>() + k * A.strides()[0];
          double dot = 0;
          for (std::int64_t i = 0; i < A.size(1); ++i) dot += v[static_cast<std::size_t>(i)] * a[i * A.strides()[1]];
          va[j * rank + k] = static_cast<C>(scale * dot);
        }
      }
      result[j] = static_cast<C>(std::sqrt(sum));
    }
  });
}

void dora_norm_cpu(const Tensor& W, const Tensor& A, const Tensor& B, double scale, const Tensor& squares,
                   const Tensor& WA, const Tensor& BG, const Tensor& n, const Tensor& VA) {
  visit_compute(n.dtype(), [&]<class C>() { dora_norm_rows<C>(W, A, B, scale, squares, WA, BG, n, VA); });
}

[[maybe_unused]] const bool registered = dora_norm.on(DeviceType::cpu, dora_norm_cpu);

}  // namespace
}  // namespace adora::backends::cpu
