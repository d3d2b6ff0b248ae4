#pragma once
#include <functional>

#include "../../ops/elementwise/relu.h"
#include "layer_norm.h"
#include "multihead_attention.h"

namespace adora {

struct TransformerEncoderLayerOptions {
  std::int64_t dim_feedforward = 2048;
  double dropout = 0.1;  ///< of the attention's weights, of both branches, and after the activation; in training mode
  std::function<Tensor(const Tensor&)> activation = relu;
  double layer_norm_eps = 1e-5;
  bool batch_first = false;  ///< whether the batch is the first dimension, before that of the tokens
  bool norm_first = false;   ///< norms before the branches, not after the sums
  DType dtype = float32;
  Device device = default_device();
};

/// Self-attention and two linear layers with an activation between them, each with a sum and a norm (Vaswani et al.,
/// "Attention is all you need", 2017, section 3.1), with the names of PyTorch's module: self_attn, linear1, linear2,
/// norm1, norm2.
class TransformerEncoderLayer : public Module {
 public:
  TransformerEncoderLayer(std::int64_t d_model, std::int64_t nhead, Generator& generator,
                          TransformerEncoderLayerOptions options = {});

  /// x [T, B, d_model], or [B, T, d_model] with batch_first, or [T, d_model]; the result has its shape.
  Tensor operator()(const Tensor& x, const AttentionMasks& masks = {}) const;

  MultiheadAttention self_attn;
  Linear linear1, linear2;
  LayerNorm norm1, norm2;
  double dropout;
  std::function<Tensor(const Tensor&)> activation;
  bool norm_first;
  mutable Generator dropout_generator;  ///< draws what is dropped, but for the attention's weights

 private:
  Tensor attended(const Tensor& x, const AttentionMasks& masks) const;
  Tensor fed_forward(const Tensor& x) const;
};

}  // namespace adora
