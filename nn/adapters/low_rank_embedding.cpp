#include "../../ops/arithmetic.h"
#include "../../ops/creation.h"
#include "../../ops/embedding.h"
#include "../../ops/matmul.h"
#include "../../ops/view.h"
#include "../layers/embedding.h"
#include "low_rank_form.h"

namespace adora {
namespace {

/// On tables [entries, width], as PEFT has it: lora_embedding_A [rank, entries] and lora_embedding_B [width, rank],
///
///     y = c ∘ (W[ids] + scale · Aᵀ[ids]·Bᵀ)
///
/// where the magnitude [width] has a length for each column of the table: it is the transpose of a Linear's weight.
/// Nothing is dropped, since the ids have nothing to drop.
class EmbeddingForm final : public LowRankForm {
 public:
  bool is_for(const AdaptableLayer& layer) const override { return dynamic_cast<const Embedding*>(&layer) != nullptr; }
  const char* name_of_A() const override { return "lora_embedding_A"; }
  const char* name_of_B() const override { return "lora_embedding_B"; }

  /// A zeros, B normally distributed.
  LowRankFactors fresh(const AdapterTarget& target, Generator& generator) const override {
    const FrozenMatrix table = target.layer->frozen();
    const DType dtype = adapter_dtype(*target.layer);
    return {zeros({target.rank, table.size(0)}, dtype, target.device),
            normal({table.size(1), target.rank}, 0, 1, generator, dtype, target.device),
            {}};
  }
  void check_target(const AdapterTarget& target, bool) const override {
    if (target.bias) refuse_target(target, "there is none with a bias (lora_bias) on an Embedding, as in PEFT");
  }
  Shape magnitude_shape(const AdaptableLayer& layer) const override { return {layer.frozen().size(1)}; }
  NormAxis norm_axis() const override { return NormAxis::input; }

  LowRankFactors matrices(const LowRankFactors& factors) const override {
    const auto& [A, B, magnitude] = factors;
    if (!A.defined()) return factors;
    return {transpose(B), transpose(A), magnitude};
  }

  Tensor forward(const AdaptableLayer& layer, const Tensor& ids, const LowRankFactors& factors,
                 const DoraOptions& options) const override {
    const auto& [A, B, magnitude] = factors;
    const Tensor plain = layer.base(ids);
    Tensor y = adora::to(plain, adapter_dtype(layer));
    if (A.defined()) y = y + matmul(embedding(transpose(A), ids), transpose(B) * options.scale);
    if (magnitude.defined()) y = y * gain(layer, factors, options);
    return adora::to(y, plain.dtype());
  }
};

const RegisterLowRankForm registered(std::make_unique<EmbeddingForm>());

}  // namespace
}  // namespace adora
