#pragma once
#include <optional>

#include "../core/tensor.h"

namespace adora {

struct AttentionOptions {
  bool causal = false;               ///< query i sees the keys up to i + Tk - Tq: the last one sees all
  std::optional<double> scale = {};  ///< of the products; 1/√(head size) unless given
};

/// softmax(scale·q·kᵀ)·v: q [B, H, Tq, d]; k, v [B, H', Tk, d] where H' divides H, consecutive heads of q sharing one
/// of k (grouped-query attention); result [B, H, Tq, d]. With Tk > Tq the queries are the last tokens, as when a cache
/// of keys is there. A query that sees no key gives zeros (PyTorch: NaN). The [Tq, Tk] products are never in memory
/// whole, and of them only the logarithm of each row's sum, [B, H, Tq], is kept for backward (FlashAttention, Dao et
/// al. 2022). Gradients of gradients are those of attention_composed.
Tensor scaled_dot_product_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                                    const AttentionOptions& options = {});

/// The same from ordinary operations: keeps the [B, H, Tq, Tk] products, has derivatives of every order.
Tensor attention_composed(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options = {});

}  // namespace adora
