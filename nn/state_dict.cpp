#include "state_dict.h"

#include <cstring>

#include "../autograd/grad_mode.h"
#include "../ops/creation.h"

namespace adora {

bool same_bits(const Tensor& a, const Tensor& b) {
  check_inputs("same_bits", {&a, &b});
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  NoGrad no_grad;
  const Tensor x = contiguous(a), y = contiguous(b);
  const std::size_t bytes = static_cast<std::size_t>(x.numel()) * size_of(x.dtype());
  return bytes == 0 || std::memcmp(x.raw(), y.raw(), bytes) == 0;
}

}  // namespace adora
