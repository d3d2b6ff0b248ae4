#pragma once
#include "loss.h"

/// Distances of vectors, and losses of pairs and triplets of them. Results of losses have no dimensions, or for
/// Reduction::none one loss for each pair, and are float32 for half types. All are recorded, with gradients of
/// gradients.
namespace adora {

/// x1·x2 / (max(‖x1‖, eps)·max(‖x2‖, eps)) along a dimension; both broadcast. As in PyTorch the gradient is as if a
/// shorter length were not raised to eps.
Tensor cosine_similarity(const Tensor& x1, const Tensor& x2, std::int64_t dim = 1, double eps = 1e-8);

/// ‖x1 - x2 + eps‖ₚ along the last dimension; both broadcast. p is any number from 0 up, infinity included; of 0, how
/// many elements differ.
Tensor pairwise_distance(const Tensor& x1, const Tensor& x2, double p = 2, double eps = 1e-6, bool keepdim = false);

/// 1 - cos(x1, x2) where the target is 1, max(0, cos(x1, x2) - margin) where it is -1, and 0 elsewhere: x1 and x2 [N,
/// D] with targets [N], or [D] with []. Squared lengths are raised by 1e-12.
Tensor cosine_embedding_loss(const Tensor& x1, const Tensor& x2, const Tensor& target, double margin = 0,
                             Reduction reduction = Reduction::mean);

/// max(0, margin - target·(x1 - x2)): target 1 where x1 should be the larger, -1 where x2. At the edge the slope is
/// that of the line, as in PyTorch: two equal numbers are pulled apart. All of one shape.
Tensor margin_ranking_loss(const Tensor& x1, const Tensor& x2, const Tensor& target, double margin = 0,
                           Reduction reduction = Reduction::mean);

/// input where the target is 1, max(0, margin - input) where it is -1, their sum elsewhere, as in PyTorch.
Tensor hinge_embedding_loss(const Tensor& input, const Tensor& target, double margin = 1,
                            Reduction reduction = Reduction::mean);

struct TripletMarginOptions {
  double margin = 1;
  double p = 2;       ///< of the norm
  double eps = 1e-6;  ///< as pairwise_distance's
  bool swap = false;  ///< take the distance from the positive to the negative where it is the shorter one
  Reduction reduction = Reduction::mean;
};

/// max(0, margin + d(anchor, positive) - d(anchor, negative)) with d = pairwise_distance, of tensors of one shape
/// [N, D] or [D] (Balntas et al. 2016, "Learning local feature descriptors with triplets").
Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                           const TripletMarginOptions& options = {});

}  // namespace adora
