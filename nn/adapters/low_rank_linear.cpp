#include <cmath>

#include "../../ops/creation.h"
#include "../../ops/low_rank.h"
#include "../layers/linear.h"
#include "low_rank_form.h"

namespace adora {
namespace {

/// On weights [out, in]: A [rank, in], B [out, rank], magnitude [out]. Each product is one fused op.
class LinearForm final : public LowRankForm {
 public:
  bool is_for(const AdaptableLayer& layer) const override { return dynamic_cast<const Linear*>(&layer) != nullptr; }

  /// A uniform in ±1/√in, B zeros.
  LowRankFactors fresh(const AdapterTarget& target, Generator& generator) const override {
    const FrozenMatrix weight = target.layer->frozen();
    const std::int64_t out = weight.size(0), in = weight.size(1);
    const double bound = in > 0 ? 1 / std::sqrt(static_cast<double>(in)) : 0;
    const DType dtype = adapter_dtype(*target.layer);
    const Tensor A = uniform({target.rank, in}, -bound, bound, generator, dtype, target.device);
    return {A, zeros({out, target.rank}, dtype, target.device), {}};
  }
  Shape magnitude_shape(const AdaptableLayer& layer) const override { return {layer.frozen().size(0)}; }

  Tensor forward(const AdaptableLayer& layer, const Tensor& x, const LowRankFactors& factors,
                 const DoraOptions& options) const override {
    const Linear& linear = static_cast<const Linear&>(layer);
    const auto& [A, B, magnitude] = factors;
    if (magnitude.defined()) return dora_linear(x, linear.frozen(), linear.bias, A, B, magnitude, options);
    return lora_linear(x, linear.frozen(), linear.bias, A, B,
                       {.scale = options.scale, .dropout = options.dropout, .generator = options.generator});
  }
};

const RegisterLowRankForm registered(std::make_unique<LinearForm>());

}  // namespace
}  // namespace adora
