#pragma once
#include <memory>
#include <optional>

#include "module.h"

namespace adora {

class Linear;

/// What changes a Linear's product while its weight stays as it is: see nn/adapter.h.
class LinearAdapter : public Module {
 public:
  /// The result that takes the place of x·weightᵀ + bias.
  virtual Tensor forward(const Linear& base, const Tensor& x) const = 0;
};

struct LinearOptions {
  bool bias = true;
  /// Of normally distributed weights, with a bias of zeros; without it weight and bias are uniform in ±1/√in.
  std::optional<double> deviation = {};
  DType dtype = float32;
  Device device = default_device();
};

/// x·weightᵀ + bias: x [..., in], weight [out, in], bias [out].
class Linear : public Module {
 public:
  Linear(std::int64_t in, std::int64_t out, Generator& generator, LinearOptions options = {});

  Tensor operator()(const Tensor& x) const;
  /// The plain product, whatever adapter there is.
  Tensor base(const Tensor& x) const;

  std::int64_t in_features() const { return weight.size(1); }
  std::int64_t out_features() const { return weight.size(0); }

  /// The adapter is named like a part of this module ("adapter"); null takes it away.
  void set_adapter(std::unique_ptr<LinearAdapter> adapter);
  LinearAdapter* adapter() const { return adapter_.get(); }

  Tensor weight;
  Tensor bias;

 private:
  std::unique_ptr<LinearAdapter> adapter_;
};

}  // namespace adora
