#include "../decode_attention.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "../basic.h"
#include "../math.h"
#include "parallel.h"

namespace adora::backends::cpu {
namespace {

/// The first 2·half of x's d numbers turned, the others as they are; all times the scale.
template <class C, class T>
void rotate(const T* x, const C* angles, std::int64_t half, std::int64_t d, C scale, C* to) {
  for (std::int64_t i = 0; i < half; ++i) {
    C a = static_cast<C>(x[i]), b = static_cast<C>(x[i + half]);
    to[i] = scale * (a * angles[i] - b * angles[half + i]);
    to[i + half] = scale * (b * angles[i] + a * angles[half + i]);
  }
  for (std::int64_t i = 2 * half; i < d; ++i) to[i] = scale * static_cast<C>(x[i]);
}

template <class C, class T> C dot(const C* a, const T* b, std::int64_t n) {
  C sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::int64_t i = 0; i < n; ++i) sum += a[i] * static_cast<C>(b[i]);
  return sum;
}

/// out = softmax(q·keysᵀ)·values over `count` tokens; `weights` has room for them. Scores are capped unless softcap is
/// 0.
template <class C, class T>
void attend(const C* q, const T* keys, const T* values, std::int64_t count, std::int64_t d, C softcap, C* weights,
            C* sum, T* out) {
  C most = -std::numeric_limits<C>::infinity();
  for (std::int64_t t = 0; t < count; ++t) {
    weights[t] = dot(q, keys + t * d, d);
    if (softcap > 0) weights[t] = softcap * math::tanh(weights[t] / softcap);
    most = std::max(most, weights[t]);
  }
  C total = 0;
  std::fill_n(sum, d, C(0));
  for (std::int64_t t = 0; t < count; ++t) {
    C weight = std::exp(weights[t] - most);
    total += weight;
    const T* value = values + t * d;
#pragma omp simd
    for (std::int64_t i = 0; i < d; ++i) sum[i] += weight * static_cast<C>(value[i]);
  }
  for (std::int64_t i = 0; i < d; ++i) out[i] = static_cast<T>(sum[i] / total);
}

template <class T>
void run(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& rotations, const Tensor& keys,
         const Tensor& values, const Tensor& rows, const Tensor& positions, const AttentionRule& rule,
         const Tensor& out) {
  using C = Compute<T>;
  std::int64_t heads = q.size(1), kv_heads = k.size(1), d = q.size(2), capacity = keys.size(2),
               group = heads / kv_heads, turned_numbers = rotations.size(1);
  parallel_for(q.size(0) * kv_heads, 4, [&](std::int64_t begin, std::int64_t end) {
    std::vector<C> room(static_cast<std::size_t>(capacity + 2 * d));
    C* turned = room.data();
    C* sum = turned + d;
    C* weights = sum + d;
    for (std::int64_t job = begin; job < end; ++job) {
      std::int64_t i = job / kv_heads, head = job % kv_heads;
      std::int64_t row = rows.data<std::int64_t>()[i], position = positions.data<std::int64_t>()[i];
      const C* angles = rotations.data<C>() + position * turned_numbers;
      const std::int64_t first = rule.window > 0 ? std::max<std::int64_t>(0, position + 1 - rule.window) : 0;
      T* row_keys = keys.data<T>() + (row * kv_heads + head) * capacity * d;
      T* row_values = values.data<T>() + (row * kv_heads + head) * capacity * d;
      rotate(k.data<T>() + job * d, angles, turned_numbers / 2, d, C(1), turned);
      for (std::int64_t c = 0; c < d; ++c) row_keys[position * d + c] = static_cast<T>(turned[c]);
      std::copy_n(v.data<T>() + job * d, d, row_values + position * d);
      for (std::int64_t h = head * group; h < (head + 1) * group; ++h) {
        rotate(q.data<T>() + (i * heads + h) * d, angles, turned_numbers / 2, d, static_cast<C>(rule.scale), turned);
        attend(turned, row_keys + first * d, row_values + first * d, position + 1 - first, d,
               static_cast<C>(rule.softcap), weights, sum, out.data<T>() + (i * heads + h) * d);
      }
    }
  });
}

void decode_attention_cpu(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& rotations,
                          const Tensor& keys, const Tensor& values, const Tensor& rows, const Tensor& positions,
                          const AttentionRule& rule, const Tensor& out) {
  visit_floating("decode_attention", q.dtype(), [&]<class T>() {
    run<T>(contiguous(q), contiguous(k), contiguous(v), rotations, keys, values, rows, positions, rule, out);
  });
}

[[maybe_unused]] const bool registered = decode_attention.on(DeviceType::cpu, decode_attention_cpu);

}  // namespace
}  // namespace adora::backends::cpu
