#pragma once
#include "../elementwise.h"
namespace adora {
struct Selu {
  template <class T> ADORA_HD T operator()(T x) const {
    return math::elu(x, 1.6732632423543772, 1, 1.0507009873554805);
  }
};
/// 1.0507·elu(x, 1.6733), which keeps mean 0 and variance 1 (Klambauer et al., "Self-normalizing neural networks").
inline Tensor selu(const Tensor& x) { return elementwise("selu", Selu{}, x); }
inline const Op selu_op{"selu", selu};
}  // namespace adora
