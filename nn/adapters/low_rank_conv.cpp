#include <cmath>

#include "../../autograd/grad_mode.h"
#include "../../ops/arithmetic.h"
#include "../../ops/creation.h"
#include "../../ops/dropout.h"
#include "../../ops/view.h"
#include "../layers/conv.h"
#include "low_rank_form.h"

namespace adora {
namespace {

/// [first, 1, …] of so many dimensions.
Shape ones_after(std::int64_t first, int dims) {
  Shape shape{first};
  while (shape.size() < dims) shape.push_back(1);
  return shape;
}

/// On weights [out, in / groups, kernel…], as PEFT has it: lora_A [rank, in, kernel…] is a convolution of its own, with
/// the layer's windows, and lora_B [out, rank / groups, 1, …] one of single taps after it. The magnitude [1, out, 1, …]
/// has a length for each output channel. (Where the layer has a dilation, A has it too, which PEFT 0.21 forgets.)
///
/// A sees the channels of all groups, so that with groups no weight of the layer's shape stands for both.
template <int axes> class ConvForm final : public LowRankForm {
 public:
  bool is_for(const AdaptableLayer& layer) const override { return dynamic_cast<const Conv<axes>*>(&layer) != nullptr; }

  /// A uniform in ±1/√fan_in as the layer's weights are, B zeros.
  LowRankFactors fresh(const AdapterTarget& target, Generator& generator) const override {
    const auto& conv = static_cast<const Conv<axes>&>(*target.layer);
    Shape shape = conv.weight.shape();
    const std::int64_t out = shape[0], groups = conv.options.groups;
    shape[0] = target.rank, shape[1] *= groups;
    double fan_in = 1;
    for (int d = 1; d < shape.size(); ++d) fan_in *= static_cast<double>(shape[d]);
    const double bound = fan_in > 0 ? 1 / std::sqrt(fan_in) : 0;
    const DType dtype = adapter_dtype(conv);
    const Tensor A = uniform(shape, -bound, bound, generator, dtype, target.device);
    Shape points = ones_after(out, axes + 2);
    points[1] = target.rank / groups;
    return {A, zeros(points, dtype, target.device), {}};
  }
  Tensor along_outputs(const Tensor& bias) const override { return reshape(bias, ones_after(bias.size(0), axes + 1)); }
  Shape magnitude_shape(const AdaptableLayer& layer) const override {
    Shape shape = ones_after(1, axes + 2);
    shape[1] = layer.weight.size(0);
    return shape;
  }

  void check_target(const AdapterTarget& target, bool magnitude) const override {
    const std::int64_t groups = static_cast<const Conv<axes>&>(*target.layer).options.groups;
    if (groups == 1) return;
    if (magnitude)
      refuse_target(target, fmt::format("A sees the channels of all its {} groups, and no row of its weight has the "
                                        "length of both; lora goes on it",
                                        groups));
    check(target.rank % groups == 0, "adapter: the rank {} of {} must be a multiple of its {} groups", target.rank,
          target.name, groups);
  }
  void check_merges(const std::string& where, const AdaptableLayer& layer,
                    const LowRankFactors& factors) const override {
    const std::int64_t groups = static_cast<const Conv<axes>&>(layer).options.groups;
    check(groups == 1 || !factors.A.defined(),
          "{} is a convolution in {} groups, and no weight of its shape stands for it and an adapter that sees the "
          "channels of all groups; use the adapter unmerged",
          where, groups);
  }

  FrozenMatrix matrix(const FrozenMatrix& weight) const override {
    const Tensor& x = weight.plain();
    return reshape(x, {x.size(0), taps(x) * x.size(1)});
  }
  LowRankFactors matrices(const LowRankFactors& factors) const override {
    const auto& [A, B, magnitude] = factors;
    const Tensor lengths = magnitude.defined() ? reshape(magnitude, {magnitude.size(1)}) : magnitude;
    if (!A.defined()) return {{}, {}, lengths};
    return {matrix(A).plain(), matrix(B).plain(), lengths};
  }

  Tensor forward(const AdaptableLayer& layer, const Tensor& x, const LowRankFactors& factors,
                 const DoraOptions& options) const override {
    const auto& conv = static_cast<const Conv<axes>&>(layer);
    const auto& [A, B, magnitude] = factors;
    const DType wide = adapter_dtype(layer);
    Tensor seen, low;  // what dropout leaves of x, and what A and B make of it
    if (A.defined()) {
      seen = adora::to(x, wide);
      if (options.dropout > 0) seen = dropout(seen, options.dropout, *options.generator);
      ConvOptions windows = conv.options;
      windows.groups = 1;
      low = convolve(convolve(seen, A, {}, windows), B * options.scale, {}, {.groups = conv.options.groups});
    }
    if (!magnitude.defined()) return adora::to(adora::to(layer.base(x), wide) + low, x.dtype());
    const Tensor c = reshape(gain(layer, factors, options), ones_after(conv.weight.size(0), axes + 1));
    Tensor y;
    if (options.reference_dropout && options.dropout > 0) {
      const Tensor unadapted = adora::to(layer.base(x), wide);
      const Tensor kept = adora::to(convolve(adora::to(seen, x.dtype()), conv.weight, {}, conv.options), wide);
      return adora::to(unadapted + kept * (c - 1.0) + low * c, x.dtype());
    }
    y = adora::to(convolve(x, conv.weight, {}, conv.options), wide);
    if (low.defined()) y = y + low;
    y = y * c;
    if (conv.bias.defined()) y = y + reshape(adora::to(conv.bias, wide), ones_after(conv.bias.size(0), axes + 1));
    return adora::to(y, x.dtype());
  }

  /// With groups the change lies in channels, too, of which the weight has no number: they count as 0 before.
  WeightChange change(const FrozenMatrix& weight, const LowRankFactors& factors, double scale) const override {
    if (!factors.A.defined() || factors.A.size(1) == weight.size(1)) return LowRankForm::change(weight, factors, scale);
    const Tensor &w = weight.plain(), &A = factors.A, &B = factors.B;
    const std::int64_t groups = A.size(1) / w.size(1), out = w.size(0) / groups, in = w.size(1), rank = B.size(1);
    const Tensor whole = zeros({w.size(0), A.size(1), taps(w)}, w.dtype(), w.device()),
                 blocks = zeros({B.size(0), A.size(0)}, B.dtype(), B.device());
    const Tensor flat = reshape(w, {w.size(0), in, taps(w)}), points = reshape(B, {B.size(0), rank});
    for (std::int64_t g = 0; g < groups; ++g) {
      auto rows = [&](const Tensor& x) { return slice(x, 0, g * out, (g + 1) * out); };
      copy_(slice(rows(whole), 1, g * in, (g + 1) * in), rows(flat));
      copy_(slice(rows(blocks), 1, g * rank, (g + 1) * rank), rows(points));
    }
    return weight_change(matrix(whole), matrix(A).plain(), blocks, scale, {});
  }

 private:
  /// How many a kernel has.
  static std::int64_t taps(const Tensor& weight) {
    std::int64_t count = 1;
    for (int d = 2; d < weight.ndim(); ++d) count *= weight.size(d);
    return count;
  }
  static Tensor convolve(const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvOptions& options) {
    if constexpr (axes == 1) return conv1d(x, weight, bias, options);
    else if constexpr (axes == 2) return conv2d(x, weight, bias, options);
    else return conv3d(x, weight, bias, options);
  }
};

const RegisterLowRankForm registered[] = {RegisterLowRankForm(std::make_unique<ConvForm<1>>()),
                                          RegisterLowRankForm(std::make_unique<ConvForm<2>>()),
                                          RegisterLowRankForm(std::make_unique<ConvForm<3>>())};

}  // namespace
}  // namespace adora
