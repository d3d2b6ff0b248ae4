#pragma once
#include <optional>

#include "../backends/attention.h"
#include "../core/tensor.h"

namespace adora {

struct AttentionOptions {
  bool causal = false;               ///< query i sees the keys up to i + Tk - Tq: the last one sees all
  std::optional<double> scale = {};  ///< of the products; 1/√(head size) unless given
  std::int64_t window = 0;           ///< with `causal`: of those keys the last ones only, so many; 0: all
  double softcap = 0;  ///< a scaled product s becomes softcap·tanh(s / softcap) (Gemma 2, 2024); 0: stays
  /// Which keys a query sees, beside `causal`: it broadcasts to [B, H, Tq, Tk]. Boolean: those where it is true.
  /// Floating: it is added to the scaled products, has a gradient, and -inf hides a key.
  Tensor attn_mask = {};
};

/// softmax(scale·q·kᵀ)·v: q [B, H, Tq, d]; k, v [B, H', Tk, d] where H' divides H, consecutive heads of q sharing one
/// of k (grouped-query attention); result [B, H, Tq, d]. With Tk > Tq the queries are the last tokens, as when a cache
/// of keys is there. A query that sees no key gives zeros (PyTorch: NaN), and gradients of 0. Without a mask the [Tq,
/// Tk] products are never in memory whole, and of them only the logarithm of each row's sum, [B, H, Tq], is kept for
/// backward (FlashAttention, Dao et al. 2022); gradients of gradients are those of attention_composed. With a mask the
/// products are there, and a softmax of theirs is kept.
Tensor scaled_dot_product_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                                    const AttentionOptions& options = {});

/// The same from ordinary operations: keeps the [B, H, Tq, Tk] products, has derivatives of every order.
Tensor attention_composed(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options = {});

/// Boolean [B, 1, 1, keys], an attn_mask: key j of sequence b is seen where j < lengths[b]; lengths int64 [B].
Tensor padding_mask(const Tensor& lengths, std::int64_t keys);

namespace detail {
/// Throws `Error` beginning with the op for options that make no sense.
void check_attention_options(const char* op, const AttentionOptions& options);
/// What the kernels are told; the last dimension of q is the head size.
backends::AttentionRule attention_rule(const Tensor& q, const AttentionOptions& options);
}  // namespace detail

/// The weights softmax(scale·q·kᵀ) [B, H, Tq, Tk] themselves, as masked; rows of zeros for queries that see no key.
Tensor attention_weights(const Tensor& q, const Tensor& k, const AttentionOptions& options = {});

}  // namespace adora
