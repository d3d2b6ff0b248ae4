#pragma once
#include "../core/frozen_matrix.h"

/// DoRA, weight-decomposed low-rank adaptation (Liu et al., 2024, arXiv 2402.09353): a frozen weight's direction is
/// adapted by a product of low rank, and the length of its rows is trained by itself.
///
///     V = W + scale·B·A        n_j = ‖V_j‖₂        c = magnitude / n        y = x·(c ∘ V)ᵀ + bias
///
/// Shapes: x [..., in], weight W [out, in], A [r, in], B [out, r], bias [out] or undefined, magnitude [out] (one for
/// each row; with NormAxis::input [in], one for each column). B·A is never formed. A row of V that is zero stays
/// zero, and so do its gradients. With A and B undefined the magnitude alone is trained. A half x and weight may go
/// with float32 A, B, magnitude and bias; norms and sums are then taken in float32. W may be quantized
/// (ops/quantize.h), which makes it QDoRA: W is then what the quantized numbers stand for, in the norm too, and its
/// rows are dequantized a few at a time; NormAxis::input is an error with it.
namespace adora {

/// The vectors of the weight that have a norm and a magnitude each: its rows for `output`, as in the paper's code and
/// in PEFT, its columns for `input`.
enum class NormAxis { output, input };

/// The way dora_linear computes: `factored` keeps W, B and A apart; `merged` forms c ∘ V once, [out, in], for both
/// directions, which is faster where there are many rows of x. The results agree up to rounding. `automatic` takes
/// what should be faster; never `merged` for half weights, where a small update would vanish in rounding, nor for
/// quantized ones, which would be whole in memory.
enum class DoraRoute { automatic, factored, merged };

/// Keeps n from one call to the next while the weight, A and B stand still, as they do over the micro-batches of a
/// step and in evaluation; a change of any of them in place is noticed by its storage's version. One for each layer.
/// Not used where n has a gradient. Not thread safe.
class DoraCache {
 public:
  /// n if it was kept for just these; otherwise undefined.
  Tensor find(const FrozenMatrix& weight, const Tensor& A, const Tensor& B, double scale, NormAxis axis) const;
  void keep(const FrozenMatrix& weight, const Tensor& A, const Tensor& B, double scale, NormAxis axis,
            const Tensor& norm);

 private:
  /// A tensor as it was at some time.
  struct State {
    std::weak_ptr<Storage> storage;
    Layout layout;
    std::uint64_t version = 0;
    bool defined = false;
    State() = default;
    explicit State(const Tensor& x);
    bool holds(const Tensor& x) const;
  };
  State weight_, scales_, group_scales_, a_, b_;  ///< of a quantized weight its codes, and the rest
  double scale_ = 0;
  NormAxis axis_ = NormAxis::output;
  Tensor norm_;
};

struct DoraOptions {
  double scale = 1;                ///< alpha / rank
  double dropout = 0;              ///< the share of x that the adapter's branch does not see, in [0, 1]
  Generator* generator = nullptr;  ///< draws what is dropped; needed where dropout > 0
  /// Dropout on the low-rank branch alone, c ∘ (x·Wᵀ + scale·drop(x)·Aᵀ·Bᵀ); or, as PEFT and the paper's code have it,
  /// on everything that adapts: x·Wᵀ + (c - 1) ∘ drop(x)·Wᵀ + c ∘ scale·drop(x)·Aᵀ·Bᵀ, a second full product.
  bool reference_dropout = false;
  NormAxis norm_axis = NormAxis::output;
  bool detach_norm = true;  ///< n is a constant in the backward pass (the paper's section 4.3)
  DoraRoute route = DoraRoute::automatic;
  DoraCache* cache = nullptr;
};

/// y as above, in one fused op; it keeps x, x·Aᵀ and y. W has no gradient: it must be frozen.
Tensor dora_linear(const Tensor& x, const FrozenMatrix& weight, const Tensor& bias, const Tensor& A, const Tensor& B,
                   const Tensor& magnitude, const DoraOptions& options = {});
/// The same from other ops, with gradients of gradients, and one for the weight too.
Tensor dora_linear_composed(const Tensor& x, const FrozenMatrix& weight, const Tensor& bias, const Tensor& A,
                            const Tensor& B, const Tensor& magnitude, const DoraOptions& options = {});

/// n, the lengths of the rows ([out]) or columns ([in]) of W + scale·B·A; in float32 where the weight is of a half
/// type. Gradients reach A and B; not with `detach`.
Tensor dora_weight_norm(const FrozenMatrix& weight, const Tensor& A, const Tensor& B, double scale,
                        NormAxis axis = NormAxis::output, bool detach = false);
/// The same from other ops, with gradients of gradients; forms B·A.
Tensor dora_weight_norm_composed(const FrozenMatrix& weight, const Tensor& A, const Tensor& B, double scale,
                                 NormAxis axis = NormAxis::output);

/// c ∘ V, the one weight that stands for all: [out, in] of the weight's dtype. Has no gradient, and refuses tensors
/// that want one while recording is on.
Tensor dora_merge(const Tensor& weight, const Tensor& A, const Tensor& B, const Tensor& magnitude, double scale,
                  NormAxis axis = NormAxis::output);

}  // namespace adora
