#include "dropout.h"

#include "../autograd/record.h"
#include "../backends/basic.h"
#include "op.h"

namespace adora {

Tensor detail::dropout(const Tensor& x, const backends::DropoutMask& mask) {
  Tensor y = empty_like(x);
  backends::dropout(backends::contiguous(x), y, mask);
  return record("dropout", y, input(x, [mask](const Tensor& g) { return dropout(g, mask); }));
}

Tensor dropout(const Tensor& x, double p, Generator& generator) {
  check_inputs("dropout", {&x});
  check(p >= 0 && p <= 1, "dropout: the probability must lie in 0 … 1, not {}", p);
  check(is_floating(x.dtype()), "dropout: works on floating tensors, not on {}", describe(x));
  return p == 0 ? x : detail::dropout(x, backends::DropoutMask(p, x.numel(), generator));
}
const Op dropout_op{"dropout"};

}  // namespace adora
