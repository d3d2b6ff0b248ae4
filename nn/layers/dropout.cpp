#include "dropout.h"

#include "../../ops/dropout.h"
#include "../noted_call.h"

namespace adora {

Dropout::Dropout(double p, Generator& generator) : p_(p), generator_(&generator) {
  check(p >= 0 && p <= 1, "Dropout: the probability must lie in [0, 1], not {}", p);
}

Tensor Dropout::operator()(const Tensor& x) const {
  return noted_call(*this, [&] { return training() ? dropout(x, p_, *generator_) : x; });
}

std::string Dropout::extra_repr() const { return fmt::format("p = {}", p_); }

}  // namespace adora
