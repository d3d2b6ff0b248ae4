#pragma once
#include "../elementwise_arguments.h"
namespace adora {
struct Glu {
  template <class T> ADORA_HD T operator()(T a, T b) const { return a * math::sigmoid(b); }
};
/// a·sigmoid(b) of x's first half a and its second b in `dim` (Dauphin et al., "Gated convolutional networks").
inline Tensor glu(const Tensor& x, std::int64_t dim = -1) {
  return elementwise("glu", Glu{}, detail::half("glu", x, dim, 0), detail::half("glu", x, dim, 1));
}
inline const Op glu_op{"glu", {}, glu};
}  // namespace adora
