#pragma once
#include <optional>

#include "adaptable_layer.h"

namespace adora {

struct LinearOptions {
  bool bias = true;
  /// Of normally distributed weights, with a bias of zeros; without it weight and bias are uniform in ±1/√in.
  std::optional<double> deviation = {};
  DType dtype = float32;
  Device device = default_device();
};

/// x·weightᵀ + bias: x [..., in], weight [out, in], bias [out]. The weight may be quantized: it is frozen then.
class Linear : public AdaptableLayer {
 public:
  Linear(std::int64_t in, std::int64_t out, Generator& generator, LinearOptions options = {});

  /// The plain product, whatever adapters there are.
  Tensor base(const Tensor& x) const override;

  std::int64_t in_features() const { return frozen().size(1); }
  std::int64_t out_features() const { return frozen().size(0); }

  /// Keeps the weight in a format of fewer bits (ops/quantize.h) and frees its numbers. It can't be trained then, nor
  /// an adapter be merged into it. In state_dict it is "weight.codes", "weight.scales" and "weight.tops" (the groups'
  /// scales). An error where it is quantized already or has adapters.
  void quantize(QuantizedFormat format);
  bool is_quantized() const { return quantized_.defined(); }
  Tensor* bias_place() override { return &bias; }
  FrozenMatrix frozen() const override { return is_quantized() ? FrozenMatrix(quantized_) : FrozenMatrix(weight); }

  std::string extra_repr() const override;

  Tensor bias;

 protected:
  void check_trainable(const std::string& path) const override;

 private:
  QuantizedMatrix quantized_;
};

}  // namespace adora
