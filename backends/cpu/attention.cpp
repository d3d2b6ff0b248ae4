#include "../attention.h"

#include <cmath>

#include "../basic.h"
#include "attention_block.h"
#include "exp_row.h"
#include "parallel.h"
#include "scratch.h"

namespace adora::backends::cpu {
namespace {

// Queries of one head that share a copy of its keys and values.
constexpr std::int64_t query_span = 512;

/// softmax(q·kᵀ)·v for queries of one head, block by block with running maxima (Dao et al. 2022, algorithm 1).
template <class T> struct Forward {
  using C = Compute<T>;
  const Tensor &q, &k, &v, &out, &lse;
  AttentionRule rule;
  C scale = static_cast<C>(rule.scale), softcap = static_cast<C>(rule.softcap);
  std::int64_t d = q.size(3), width = padded<C>(d), tq = q.size(2), tk = k.size(2);
  Visibility visible{rule, tq, tk};
  std::int64_t span = std::min((tq + query_block - 1) / query_block * query_block, query_span);

  /// Numbers of scratch memory a thread needs.
  std::int64_t scratch() const {
    return 2 * span * width + 2 * span + key_block * (2 * width + d) + query_block * key_block;
  }

  void operator()(std::int64_t b, std::int64_t h, std::int64_t first, C* memory) const {
    std::int64_t n = std::min(span, tq - first), group = q.size(1) / k.size(1);
    C* queries = memory;               // [n, width], scaled
    C* sums = queries + span * width;  // [n, width]: Σ exp(s - maximum)·v
    C* maximum = sums + span * width;
    C* total = maximum + span;
    C* keys = total + span;                  // [key_block, width]
    C* keys_t = keys + key_block * width;    // [d, key_block]
    C* values = keys_t + key_block * d;      // [key_block, width]
    C* scores = values + key_block * width;  // [query_block, key_block]
    load_rows(Head<T>(q, b, h), first, n, d, scale, queries, width);
    std::fill_n(sums, span * width, C(0));
    std::fill_n(maximum, n, -std::numeric_limits<C>::infinity());
    std::fill_n(total, n, C(0));
    Head<T> key_head(k, b, h / group), value_head(v, b, h / group);
    for (std::int64_t j0 = 0; j0 < tk; j0 += key_block) {
      std::int64_t count = std::min(key_block, tk - j0);
      if (visible.of(first, first + n - 1, j0, count).empty()) continue;
      load_rows(key_head, j0, count, d, C(1), keys, width);
      transpose_block(keys, count, d, width, keys_t);
      load_rows(value_head, j0, count, d, C(1), values, width);
      for (std::int64_t i0 = 0; i0 < n; i0 += query_block) {
        std::int64_t rows = std::min(query_block, n - i0);
        if (visible.of(first + i0, first + i0 + rows - 1, j0, count).empty()) continue;
        small_gemm(rows, key_block, d, queries + i0 * width, width, std::int64_t{1}, keys_t, key_block, scores,
                   key_block, false);
        for (std::int64_t i = i0; i < i0 + rows; ++i) {
          C* row = scores + (i - i0) * key_block;
          const KeyRange seen = visible.of(first + i, j0, count);
          mask_scores(row, seen, softcap);
          C most = std::max(maximum[i], row_max(row, key_block));
          C shift = seen.empty() && most == -std::numeric_limits<C>::infinity() ? C(0) : most;
          if (most > maximum[i]) {
            C shrink = math::exp(maximum[i] - most);
            total[i] *= shrink;
#pragma omp simd
            for (std::int64_t c = 0; c < width; ++c) sums[i * width + c] *= shrink;
            maximum[i] = most;
          }
          total[i] += row_exp(row, key_block, shift);
        }
        small_gemm(rows, width, count, scores, key_block, std::int64_t{1}, values, width, sums + i0 * width, width,
                   true);
      }
    }
    Head<T> result(out, b, h);
    for (std::int64_t i = 0; i < n; ++i) {
      C share = visible.of(first + i, 0, tk).empty() ? C(0) : C(1) / total[i];
      T* row = result.data + (first + i) * result.row;
      for (std::int64_t c = 0; c < d; ++c) row[c * result.column] = static_cast<T>(share * sums[i * width + c]);
      if (lse.defined()) lse.data<C>()[(b * q.size(1) + h) * tq + first + i] = maximum[i] + std::log(total[i]);
    }
  }
};

/// One query that sees all keys, as when text is generated: each key and value is read once, where it lies.
template <class T> struct OneQuery {
  using C = Compute<T>;
  const Tensor &q, &k, &v, &out, &lse;
  C scale;
  std::int64_t d = q.size(3), tk = k.size(2);

  std::int64_t scratch() const { return tk + 2 * d; }

  void operator()(std::int64_t b, std::int64_t h, C* scores) const {
    std::int64_t group = q.size(1) / k.size(1);
    C* query = scores + tk;
    C* sum = query + d;
    load_rows(Head<T>(q, b, h), 0, 1, d, scale, query, d);
    Head<T> keys(k, b, h / group), values(v, b, h / group), result(out, b, h);
    for (std::int64_t j = 0; j < tk; ++j) {
      const T* key = keys.data + j * keys.row;
      C score = 0;
#pragma omp simd reduction(+ : score)
      for (std::int64_t c = 0; c < d; ++c) score += query[c] * static_cast<C>(key[c]);
      scores[j] = score;
    }
    C most = row_max(scores, tk);
    double total = 0;
    std::fill_n(sum, d, C(0));
    for (std::int64_t j0 = 0; j0 < tk; j0 += 256) {
      total += static_cast<double>(row_exp(scores + j0, std::min<std::int64_t>(256, tk - j0), most));
    }
    for (std::int64_t j = 0; j < tk; ++j) {
      const T* value = values.data + j * values.row;
      C p = scores[j];
#pragma omp simd
      for (std::int64_t c = 0; c < d; ++c) sum[c] += p * static_cast<C>(value[c]);
    }
    C share = static_cast<C>(1 / total);
    for (std::int64_t c = 0; c < d; ++c) result.data[c * result.column] = static_cast<T>(share * sum[c]);
    if (lse.defined()) lse.data<C>()[b * q.size(1) + h] = most + static_cast<C>(std::log(total));
  }
};

template <class T>
void run(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionRule& rule, const Tensor& out,
         const Tensor& lse) {
  using C = Compute<T>;
  std::int64_t heads = q.size(0) * q.size(1), tq = q.size(2);
  bool one = tq == 1 && k.size(2) > 0 && k.strides()[3] == 1 && v.strides()[3] == 1 && rule.softcap == 0 &&
             (rule.window == 0 || rule.window >= k.size(2));
  if (one) {
    OneQuery<T> task{q, k, v, out, lse, static_cast<C>(rule.scale)};
    std::int64_t work = 2 * k.size(2) * q.size(3);
    std::int64_t threads = heads * work < 32768 ? 1 : threads_for(heads);
    Tensor scratch = scratch_tensor({threads, task.scratch()}, dtype_of<C>());
    parallel_tasks(heads, threads, [&](std::int64_t i, std::int64_t thread) {
      task(i / q.size(1), i % q.size(1), scratch.data<C>() + thread * task.scratch());
    });
    return;
  }
  Forward<T> task{q, k, v, out, lse, rule};
  std::int64_t spans = (tq + task.span - 1) / task.span, n = heads * spans;
  std::int64_t threads = threads_for(n), each = (task.scratch() + 63) / 64 * 64;
  Tensor scratch = scratch_tensor({threads, each}, dtype_of<C>());
  parallel_tasks(n, threads, [&](std::int64_t i, std::int64_t thread) {
    std::int64_t head = i / spans;
    task(head / q.size(1), head % q.size(1), i % spans * task.span, scratch.data<C>() + thread * each);
  });
}

void attention_cpu(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionRule& rule, const Tensor& out,
                   const Tensor& lse) {
  if (out.numel() == 0) return;
  visit_floating("attention", q.dtype(), [&]<class T>() { run<T>(q, k, v, rule, out, lse); });
}

[[maybe_unused]] const bool registered = attention.on(DeviceType::cpu, attention_cpu);

}  // namespace
}  // namespace adora::backends::cpu
