#include <cmath>

#include "../attention.h"
#include "../basic.h"
#include "attention_block.h"
#include "exp_row.h"
#include "parallel.h"
#include "scratch.h"

namespace adora::backends::cpu {
namespace {

/// The gradients for one head of keys and values and the heads of queries that read it (Dao et al. 2022, algorithm 4).
/// P = exp(s - lse) is computed again; dV = Pᵀ·dO, dS = P∘(dO·Vᵀ - rowsum(dO∘O)), dQ = dS·K, dK = dSᵀ·Q. Where s is
/// capped dS is multiplied by the cap's slope.
template <class T> struct Backward {
  using C = Compute<T>;
  const Tensor &q, &k, &v, &out, &lse, &grad, &dq, &dk, &dv;
  AttentionRule rule;
  C scale = static_cast<C>(rule.scale), softcap = static_cast<C>(rule.softcap);
  std::int64_t d = q.size(3), width = padded<C>(d), tq = q.size(2), tk = k.size(2);
  Visibility visible{rule, tq, tk};
  std::int64_t group = q.size(1) / k.size(1);
  std::int64_t rows_q = (tq + query_block - 1) / query_block * query_block;
  std::int64_t rows_k = (tk + key_block - 1) / key_block * key_block;

  std::int64_t scratch() const {
    return 3 * rows_q * width + rows_q + 2 * rows_k * width + key_block * (2 * width + 2 * d) +
           2 * query_block * key_block;
  }

  void operator()(std::int64_t b, std::int64_t kv_head, bool for_q, bool for_kv, C* memory) const {
    C* dkeys = memory;                      // [tk, width]
    C* dvalues = dkeys + rows_k * width;    // [tk, width]
    C* queries = dvalues + rows_k * width;  // [tq, width], scaled
    C* grads = queries + rows_q * width;    // [tq, width]
    C* dqueries = grads + rows_q * width;   // [tq, width]
    C* inner = dqueries + rows_q * width;   // [tq]: rowsum(dO∘O)
    C* rest = inner + rows_q;
    std::fill_n(dkeys, 2 * rows_k * width, C(0));
    for (std::int64_t h = kv_head * group; h < (kv_head + 1) * group; ++h) {
      load_rows(Head<T>(q, b, h), 0, tq, d, scale, queries, width);
      load_rows(Head<T>(grad, b, h), 0, tq, d, C(1), grads, width);
      Head<T> result(out, b, h);
      for (std::int64_t i = 0; i < tq; ++i) {
        const T* row = result.data + i * result.row;
        C sum = 0;
        for (std::int64_t c = 0; c < d; ++c) sum += grads[i * width + c] * static_cast<C>(row[c * result.column]);
        inner[i] = sum;
      }
      if (for_q) std::fill_n(dqueries, tq * width, C(0));
      for (std::int64_t j0 = 0; j0 < tk; j0 += key_block) {
        keys_block(b, h, kv_head, j0, std::min(key_block, tk - j0), for_q, for_kv, queries, grads, inner, dqueries,
                   dkeys, dvalues, rest);
      }
      if (for_q) store(Head<T>(dq, b, h), tq, scale, dqueries);
    }
    if (!for_kv) return;
    store(Head<T>(dk, b, kv_head), tk, C(1), dkeys);
    store(Head<T>(dv, b, kv_head), tk, C(1), dvalues);
  }

 private:
  void store(const Head<T>& to, std::int64_t n, C factor, const C* from) const {
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t c = 0; c < d; ++c)
        to.data[i * to.row + c * to.column] = static_cast<T>(factor * from[i * width + c]);
    }
  }

  void keys_block(std::int64_t b, std::int64_t h, std::int64_t kv_head, std::int64_t j0, std::int64_t count, bool for_q,
                  bool for_kv, const C* queries, const C* grads, const C* inner, C* dqueries, C* dkeys, C* dvalues,
                  C* rest) const {
    C* keys = rest;                          // [key_block, width]
    C* values = keys + key_block * width;    // [key_block, width]
    C* keys_t = values + key_block * width;  // [d, key_block]
    C* values_t = keys_t + key_block * d;    // [d, key_block]
    C* p = values_t + key_block * d;         // [query_block, key_block]
    C* ds = p + query_block * key_block;     // [query_block, key_block]
    load_rows(Head<T>(k, b, kv_head), j0, count, d, C(1), keys, width);
    load_rows(Head<T>(v, b, kv_head), j0, count, d, C(1), values, width);
    transpose_block(keys, count, d, width, keys_t);
    transpose_block(values, count, d, width, values_t);
    const C* row_lse = lse.data<C>() + (b * q.size(1) + h) * tq;
    constexpr std::int64_t one = 1;
    for (std::int64_t i0 = 0; i0 < tq; i0 += query_block) {
      std::int64_t rows = std::min(query_block, tq - i0);
      if (visible.of(i0, i0 + rows - 1, j0, count).empty()) continue;
      small_gemm(rows, key_block, d, queries + i0 * width, width, one, keys_t, key_block, p, key_block, false);
      small_gemm(rows, key_block, d, grads + i0 * width, width, one, values_t, key_block, ds, key_block, false);
      for (std::int64_t i = 0; i < rows; ++i) {
        C* p_row = p + i * key_block;
        C* ds_row = ds + i * key_block;
        mask_scores(p_row, visible.of(i0 + i, j0, count), softcap);
        C shift = row_lse[i0 + i] == -std::numeric_limits<C>::infinity() ? C(0) : row_lse[i0 + i], part = inner[i0 + i];
#pragma omp simd
        for (std::int64_t j = 0; j < key_block; ++j) {
          C e = math::exp(p_row[j] - shift);
          // d(c·tanh(s / c)) = 1 - tanh²(s / c); of hidden keys e is 0.
          C slope = softcap > 0 && e > 0 ? 1 - (p_row[j] / softcap) * (p_row[j] / softcap) : C(1);
          p_row[j] = e;
          ds_row[j] = e * slope * (ds_row[j] - part);
        }
      }
      if (for_kv) {
        small_gemm(count, width, rows, p, one, key_block, grads + i0 * width, width, dvalues + j0 * width, width, true);
        small_gemm(count, width, rows, ds, one, key_block, queries + i0 * width, width, dkeys + j0 * width, width,
                   true);
      }
      if (for_q) small_gemm(rows, width, count, ds, key_block, one, keys, width, dqueries + i0 * width, width, true);
    }
  }
};

void attention_gradient_cpu(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionRule& rule,
                            const Tensor& out, const Tensor& lse, const Tensor& grad, const Tensor& dq,
                            const Tensor& dk, const Tensor& dv) {
  if (dq.defined()) fill(dq, 0);
  if (dk.defined()) fill(dk, 0), fill(dv, 0);
  if (q.numel() == 0 || k.numel() == 0) return;
  visit_floating("attention", q.dtype(), [&]<class T>() {
    using C = Compute<T>;
    Backward<T> task{q, k, v, out, lse, grad, dq, dk, dv, rule};
    std::int64_t heads = k.size(0) * k.size(1);
    std::int64_t threads = threads_for(heads), each = (task.scratch() + 63) / 64 * 64;
    Tensor scratch = scratch_tensor({threads, each}, dtype_of<C>());
    parallel_tasks(heads, threads, [&](std::int64_t i, std::int64_t thread) {
      task(i / k.size(1), i % k.size(1), dq.defined(), dk.defined(), scratch.data<C>() + thread * each);
    });
  });
}

[[maybe_unused]] const bool registered = attention_gradient.on(DeviceType::cpu, attention_gradient_cpu);

}  // namespace
}  // namespace adora::backends::cpu
