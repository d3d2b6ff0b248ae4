#pragma once
#include "../module.h"

namespace adora {

/// In training mode each element becomes 0 with probability p and the others are divided by 1 - p (ops/dropout.h); in
/// evaluation mode x stays what it is. The generator outlives it; several may share one.
class Dropout final : public Module {
 public:
  Dropout(double p, Generator& generator);
  Tensor operator()(const Tensor& x) const;
  std::string extra_repr() const override;

 private:
  double p_;
  Generator* generator_;
};

}  // namespace adora
