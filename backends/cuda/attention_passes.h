#pragma once
#include "../../core/tensor.h"
#include "../attention.h"
#include "../basic.h"
#include "launch.h"

/// Declarations that attention's files share: the sizes, and the passes that each file has. Tensors as in
/// ../attention.h.
namespace adora::backends::cuda {

inline constexpr double log2_e = 1.4426950408889634, ln_2 = 0.6931471805599453;

/// The sizes of an attention as a kernel sees them.
struct AttentionSizes {
  int heads, group, queries, keys, d;  ///< `group` heads read one head of keys and values
  int window;                          ///< at least 1
  bool causal;
  double scale, softcap;

  AttentionSizes(const Tensor& q, const Tensor& k, const AttentionRule& rule)
      : causal(rule.causal), scale(rule.scale), softcap(rule.softcap) {
    constexpr std::int64_t most = std::int64_t{1} << 30;  // so that sums of two do not overflow
    check(q.size(2) < most && k.size(2) < most && q.size(1) < most && q.size(3) < most,
          "attention: q {} and k {} are larger than the kernels for GPUs can count", q.shape(), k.shape());
    heads = static_cast<int>(q.size(1)), group = static_cast<int>(q.size(1) / k.size(1));
    queries = static_cast<int>(q.size(2)), keys = static_cast<int>(k.size(2)), d = static_cast<int>(q.size(3));
    window = static_cast<int>(rule.window > 0 && rule.window < k.size(2) ? rule.window : k.size(2));
    if (window < 1) window = 1;
  }

  /// Whether a window hides keys, or scores are capped.
  bool has_window_or_cap() const { return softcap != 0 || (causal && window < keys); }

  /// keys - queries: under a causal mask query i sees the keys up to number i + ahead().
  __device__ int ahead() const { return keys - queries; }
  /// The number of the first key that query i sees.
  __device__ int hidden(int i) const { return causal && i + ahead() + 1 > window ? i + ahead() + 1 - window : 0; }
  /// The number of the key after the last one that query i sees; 0 or less where it sees none.
  __device__ int visible(int i) const { return causal && i + ahead() + 1 < keys ? i + ahead() + 1 : keys; }
};

/// The tensors of the gradient's passes; dq, or dk and dv, are undefined where not wanted. `row_stats` [B, H, Tq, 2],
/// in the type arithmetic is done in, has two numbers of each query: lse / ln 2, which a score s needs to give its
/// weight, P = 2^(s / ln 2 - lse / ln 2), and rowsum(grad∘out).
struct AttentionGradient {
  const Tensor &q, &k, &v, &grad, &row_stats, &dq, &dk, &dv;
  AttentionSizes sizes;
};

/// For every floating dtype, any strides and head sizes.
void plain_attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionSizes& sizes, const Tensor& out,
                     const Tensor& lse);
void plain_attention_gradient(const Tensor& out, const Tensor& lse, const AttentionGradient& pass);

/// On tensor cores, for tensors that lie as `lies_in_rows` asks: dq, and dk with dv.
void query_gradient(const AttentionGradient& pass);
void key_gradient(const AttentionGradient& pass);

/// Whether tensor cores serve heads of this dtype and size, under this rule: windows and capped scores they don't. What
/// a block keeps has to fit its shared memory: 384 rows, filled up to a multiple of 32 numbers and 8 more, and a few
/// single numbers.
inline bool fits_tensor_cores(const Tensor& q, const AttentionSizes& sizes) {
  const std::int64_t d = q.size(3), bytes = 384 * ((d + 31) / 32 * 32 + 8) * 2 + 512;
  return !sizes.has_window_or_cap() && (q.dtype() == bfloat16 || q.dtype() == float16) && d % 8 == 0 && d <= 128 &&
         bytes <= static_cast<std::int64_t>(device_properties().shared_memory);
}

/// Whether each row of x's last dimension lies in one piece, on a boundary of 16 bytes.
inline bool lies_in_rows(const Tensor& x) {
  const auto numbers = static_cast<std::int64_t>(16 / size_of(x.dtype()));
  bool lies = x.strides()[3] == 1 && reinterpret_cast<std::uintptr_t>(x.raw()) % 16 == 0;
  for (int d = 0; d < 3; ++d) lies = lies && (x.size(d) == 1 || x.strides()[d] % numbers == 0);
  return lies;
}

/// x, or a copy of it that lies in rows.
inline Tensor in_rows(const Tensor& x) {
  if (lies_in_rows(x)) return x;
  Tensor y = empty_like(x);
  copy(x, y);
  return y;
}

/// A tensor that lies in rows, for results that belong in x: x itself, or a new one that is to be copied to x.
inline Tensor rows_for(const Tensor& x) { return x.defined() && !lies_in_rows(x) ? empty_like(x) : x; }

}  // namespace adora::backends::cuda
