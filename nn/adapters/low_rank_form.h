#pragma once
#include "adapter.h"

namespace adora {

/// What is trained on one layer. A and B are undefined where nothing of low rank is added, the magnitude where lengths
/// stay as they are.
struct LowRankFactors {
  Tensor A, B, magnitude;
};

/// How a product of low rank, and lengths, go on layers of one class: what LoRA, DoRA and the magnitude alone need to
/// know of it. The file of the form registers it (low_rank_linear.cpp, low_rank_embedding.cpp, low_rank_conv.cpp), and
/// these kinds are then on such layers too.
///
/// To a form the layer's weight is a matrix M [rows, columns], to which scale·B·A is added; the magnitude then sets the
/// lengths of its rows, or of its columns.
class LowRankForm {
 public:
  virtual ~LowRankForm() = default;
  virtual bool is_for(const AdaptableLayer& layer) const = 0;

  /// The names of A and B in PEFT's files; up to the dot they are the parameters' names here.
  virtual const char* name_of_A() const { return "lora_A.weight"; }
  virtual const char* name_of_B() const { return "lora_B.weight"; }
  /// Both as they start, of the shapes in PEFT's files, in adapter_dtype and on the target's device. Their product is
  /// 0.
  virtual LowRankFactors fresh(const AdapterTarget& target, Generator& generator) const = 0;
  /// The magnitude's shape in PEFT's files.
  virtual Shape magnitude_shape(const AdaptableLayer& layer) const = 0;
  /// Whose lengths it is: of M's rows (output), or of its columns (input).
  virtual NormAxis norm_axis() const { return NormAxis::output; }
  /// An error naming the module where such layers in general, but not this one, can have a product of low rank, or that
  /// and a magnitude.
  virtual void check_target(const AdapterTarget& /*target*/, bool /*magnitude*/) const {}
  /// An error beginning with `where` where no one weight stands for that of the layer and such factors.
  virtual void check_merges(const std::string& /*where*/, const AdaptableLayer& /*layer*/,
                            const LowRankFactors& /*factors*/) const {}

  /// A vector with a number for each of M's rows, of a shape that is added to the layer's results.
  virtual Tensor along_outputs(const Tensor& bias) const { return bias; }

  /// M of the layer's weight, without a copy where that can be.
  virtual FrozenMatrix matrix(const FrozenMatrix& weight) const { return weight; }
  /// The factors of M's change: A [rank, columns], B [rows, rank], and the magnitude as a vector.
  virtual LowRankFactors matrices(const LowRankFactors& factors) const { return factors; }

  /// In place of layer.base(x). The options' norm_axis says nothing; without a magnitude only scale and dropout do.
  virtual Tensor forward(const AdaptableLayer& layer, const Tensor& x, const LowRankFactors& factors,
                         const DoraOptions& options) const = 0;
  /// The one weight that stands for `weight` and the factors. With a magnitude it has no gradient: see dora_merge.
  virtual Tensor merged(const Tensor& weight, const LowRankFactors& factors, double scale) const;
  /// How far that lies from `weight`, for the rows or columns whose lengths a magnitude sets.
  virtual WeightChange change(const FrozenMatrix& weight, const LowRankFactors& factors, double scale) const;

 protected:
  /// magnitude / n, a vector, without a division by 0: what the rows or columns of M + scale·B·A are multiplied by. In
  /// the dtype that such a weight is computed in.
  Tensor gain(const AdaptableLayer& layer, const LowRankFactors& factors, DoraOptions options) const;
};

struct RegisterLowRankForm {
  explicit RegisterLowRankForm(std::unique_ptr<const LowRankForm> form);
};

/// Null where there is none for it.
const LowRankForm* find_low_rank_form(const AdaptableLayer& layer);
/// An error where there is none for it.
const LowRankForm& low_rank_form(const AdaptableLayer& layer);
/// An error naming module and kind where it has none, or its form refuses it.
void check_low_rank_target(const AdapterTarget& target, bool magnitude);
/// The lengths that the weight's rows or columns have, of the shape that PEFT's files have.
Tensor initial_magnitude(const AdapterTarget& target);

/// From `before` to the weight that the layer has now, for the vectors whose lengths a magnitude on it would set.
WeightChange weight_change(const AdaptableLayer& layer, const Tensor& before);

}  // namespace adora
