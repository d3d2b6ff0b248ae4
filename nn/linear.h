#pragma once
#include <memory>

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
  DType dtype = float32;
  Device device = cpu;
};

/// x·weightᵀ + bias: x [..., in], weight [out, in], bias [out].
class Linear : public Module {
 public:
  /// Weight and bias uniform in ±1/√in.
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
