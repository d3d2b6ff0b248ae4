#include "../dora.h"
#include "../loops.h"

#include <cmath>
#include <vector>

#include "../basic.h"
#include "parallel.h"
#include "strided_rows.h"

namespace adora::backends::cpu {
namespace {

/// Row j of V in double, and its squared length. A is contiguous.
template <class C>
double row_of_v(Rows<C>& w, const Tensor& A, const Tensor& B, double scale, std::int64_t j, double* v) {
  std::int64_t n = A.size(1);
  const C *from = w.read(j), *b_j = B.data<C>() + j * B.strides()[0];
  std::int64_t b_column = B.strides()[1];
  for (std::int64_t i = 0; i < n; ++i) v[i] = from[i];
  for (std::int64_t k = 0; k < A.size(0); ++k) {
    double b = scale * b_j[k * b_column];
    const C* a = A.data<C>() + k * n;
    ADORA_INDEPENDENT
    for (std::int64_t i = 0; i < n; ++i) v[i] += b * a[i];
  }
  double squares = 0;
#pragma omp simd reduction(+ : squares)
  for (std::int64_t i = 0; i < n; ++i) squares += v[i] * v[i];
  return squares;
}

template <class C> double dot_of(const double* v, const C* a, std::int64_t n) {
  double dot = 0;
#pragma omp simd reduction(+ : dot)
  for (std::int64_t i = 0; i < n; ++i) dot += v[i] * a[i];
  return dot;
}

template <class C>
void dora_norm_rows(const Tensor& W, const Tensor& right, const Tensor& B, double scale, const Tensor& squares,
                    const Tensor& WA, const Tensor& BG, const Tensor& n, const Tensor& VA) {
  Tensor A = contiguous(right);  // [r, K]
  std::int64_t rows = W.size(0), rank = A.size(0), length = A.size(1), columns = WA.size(1);
  const C *wa = WA.data<C>(), *bg = BG.data<C>(), *b = B.data<C>(), *a = A.data<C>();
  std::int64_t b_row = B.strides()[0], b_column = B.strides()[1];
  std::vector<double> lengths;  // ‖A_k‖
  for (std::int64_t k = 0; k < rank; ++k) {
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (std::int64_t i = 0; i < length; ++i) sum += double{a[k * length + i]} * a[k * length + i];
    lengths.push_back(std::sqrt(sum));
  }
  C *result = n.data<C>(), *va = VA.defined() ? VA.data<C>() : nullptr;
  parallel_for(rows, std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(columns, 1)),
               [&](std::int64_t begin, std::int64_t end) {
                 Rows<C> w(W);
                 std::vector<double> v(static_cast<std::size_t>(length));
                 for (std::int64_t j = begin; j < end; ++j) {
                   double cross = 0, low = 0, terms = 0, reach = 0;
                   for (std::int64_t k = 0; k < rank; ++k) {
                     double factor = b[j * b_row + k * b_column];
                     cross += factor * wa[j * columns + k];
                     low += factor * bg[j * columns + k];
                     double term = std::abs(factor) * lengths[static_cast<std::size_t>(k)];
                     terms += term * term;
                     reach += term;
                     if (va)
                       va[j * rank + k] =
                           static_cast<C>(scale * wa[j * columns + k] + scale * scale * bg[j * columns + k]);
                   }
                   double base = squares.data<double>()[j];
                   double sum = base + 2 * scale * cross + scale * scale * low;
                   if (!DoraTrust<C>::holds(sum, base, scale, terms, reach)) {
                     sum = row_of_v(w, A, B, scale, j, v.data());
                     for (std::int64_t k = 0; va && k < rank; ++k) {
                       va[j * rank + k] = static_cast<C>(scale * dot_of(v.data(), a + k * length, length));
                     }
                   }
                   result[j] = static_cast<C>(std::sqrt(sum));
                 }
               });
}

void dora_norm_of_products_cpu(const Tensor& W, const Tensor& A, const Tensor& B, double scale, const Tensor& squares,
                               const Tensor& WA, const Tensor& BG, const Tensor& n, const Tensor& VA) {
  visit_compute(n.dtype(), [&]<class C>() { dora_norm_rows<C>(W, A, B, scale, squares, WA, BG, n, VA); });
}

[[maybe_unused]] const bool registered = dora_norm.on(DeviceType::cpu, dora_norm_by_products) &&
                                         dora_norm_of_products.on(DeviceType::cpu, dora_norm_of_products_cpu);

}  // namespace
}  // namespace adora::backends::cpu
