#pragma once
#include "linear.h"

namespace adora {

struct MultiheadAttentionOptions {
  double dropout = 0;        ///< of the attention's weights, in training mode
  bool bias = true;          ///< of all four projections
  bool batch_first = false;  ///< whether the batch is the first dimension, before that of the tokens
  DType dtype = float32;
  Device device = default_device();
};

/// What one call attends to.
struct AttentionMasks {
  /// [B, Tk], or [Tk] without a batch. Boolean: true where a key is padding, which no query sees. Floating: added to
  /// the products.
  Tensor key_padding_mask = {};
  /// [Tq, Tk] or [B·heads, Tq, Tk]. Boolean: true where a query must NOT see a key, as in PyTorch's module; its
  /// function scaled_dot_product_attention, and that of this library, say it the other way round. Floating: added.
  Tensor attn_mask = {};
  bool causal = false;  ///< query i sees the keys up to i + Tk - Tq, beside the masks
};

struct OutputAndWeights {
  Tensor output, weights;
};

/// Attention of several heads with projections before and after it (Vaswani et al., "Attention is all you need", 2017,
/// section 3.2.2), with the names and layouts of PyTorch's module: in_proj_weight [3·embed_dim, embed_dim] has the
/// projections of queries, keys and values one below the other, in_proj_bias [3·embed_dim], out_proj.weight,
/// out_proj.bias. A query that sees no key gets out_proj.bias (PyTorch: NaN). Without dropout and masks it is the fused
/// kernel; otherwise the weights [B, heads, Tq, Tk] are in memory.
class MultiheadAttention : public Module {
 public:
  /// An error where the heads do not divide embed_dim.
  MultiheadAttention(std::int64_t embed_dim, std::int64_t num_heads, Generator& generator,
                     MultiheadAttentionOptions options = {});

  /// query [Tq, B, embed_dim], key and value [Tk, B, embed_dim], or [B, T, embed_dim] with batch_first, or
  /// [T, embed_dim] without a batch; the result has the query's shape. Self-attention, where all three are one tensor,
  /// takes one product for them.
  Tensor operator()(const Tensor& query, const Tensor& key, const Tensor& value,
                    const AttentionMasks& masks = {}) const;
  Tensor operator()(const Tensor& x, const AttentionMasks& masks = {}) const { return (*this)(x, x, x, masks); }

  /// The same and the weights, as dropped: the mean over the heads [B, Tq, Tk], or [B, heads, Tq, Tk].
  OutputAndWeights with_weights(const Tensor& query, const Tensor& key, const Tensor& value,
                                const AttentionMasks& masks = {}, bool average_attn_weights = true) const;

  Tensor in_proj_weight, in_proj_bias;
  Linear out_proj;
  std::int64_t num_heads;
  double dropout;
  bool batch_first;
  mutable Generator dropout_generator;  ///< draws what is dropped

 private:
  OutputAndWeights attend(const Tensor& query, const Tensor& key, const Tensor& value, const AttentionMasks& masks,
                          bool need_weights) const;
};

}  // namespace adora
