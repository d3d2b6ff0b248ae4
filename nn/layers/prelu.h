#pragma once
#include "../module.h"

namespace adora {

/// x where it is positive, weight·x elsewhere, with a slope for each channel or one for all (He et al., "Delving deep
/// into rectifiers", 2015, section 2.1). x is [N, num_parameters, …], or of any shape where there is one.
class PReLU final : public Module {
 public:
  explicit PReLU(std::int64_t num_parameters = 1, double init = 0.25, WeightOptions options = {});
  Tensor operator()(const Tensor& x) const;

  Tensor weight;  ///< [num_parameters], `init` at first
};

}  // namespace adora
