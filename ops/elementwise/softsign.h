#pragma once
#include "../elementwise.h"

namespace adora {
struct Softsign {
  template <class T> ADORA_HD T operator()(T x) const { return x / (T(1) + (x < T(0) ? -x : x)); }
};
/// x / (1 + |x|)
inline Tensor softsign(const Tensor& x) { return elementwise("softsign", Softsign{}, x); }
inline const Op softsign_op{"softsign", softsign};
}  // namespace adora
