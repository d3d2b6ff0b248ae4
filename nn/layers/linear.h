#pragma once
#include <memory>
#include <optional>

#include "../../core/frozen_matrix.h"
#include "linear_adapters.h"

namespace adora {

struct LinearOptions {
  bool bias = true;
  /// Of normally distributed weights, with a bias of zeros; without it weight and bias are uniform in ±1/√in.
  std::optional<double> deviation = {};
  DType dtype = float32;
  Device device = default_device();
};

/// x·weightᵀ + bias: x [..., in], weight [out, in], bias [out]. The weight may be quantized: it is frozen then.
class Linear : public Module {
 public:
  Linear(std::int64_t in, std::int64_t out, Generator& generator, LinearOptions options = {});

  Tensor operator()(const Tensor& x) const;
  /// The plain product, whatever adapters there are.
  Tensor base(const Tensor& x) const;

  std::int64_t in_features() const { return frozen().size(1); }
  std::int64_t out_features() const { return frozen().size(0); }
  /// Where the weight lies, and the dtype of its numbers: of a quantized one that which they had before.
  Device device() const { return frozen().device(); }
  DType dtype() const { return frozen().dtype(); }

  /// Keeps the weight in a format of fewer bits (ops/quantize.h) and frees its numbers. It can't be trained then, nor
  /// an adapter be merged into it. In state_dict it is "weight.codes", "weight.scales" and "weight.tops" (the groups'
  /// scales). An error where it is quantized already or has adapters.
  void quantize(QuantizedFormat format);
  bool is_quantized() const { return quantized_.defined(); }
  /// The weight, quantized or not, as ops with a frozen one take it.
  FrozenMatrix frozen() const { return is_quantized() ? FrozenMatrix(quantized_) : FrozenMatrix(weight); }

  /// The adapters on it, a part of this module named "adapter"; null where there are none.
  LinearAdapters* adapters() const { return adapters_.get(); }
  /// The same, made where there are none.
  LinearAdapters& make_adapters();
  void remove_adapters();
  std::string extra_repr() const override;

  Tensor weight;  ///< undefined where it is quantized
  Tensor bias;

 protected:
  void check_trainable(const std::string& path) const override;

 private:
  QuantizedMatrix quantized_;
  std::unique_ptr<LinearAdapters> adapters_;
};

}  // namespace adora
