#include "state_dict.h"

#include <cstring>

#include "../backends/basic.h"

namespace adora {

bool same_bits(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  const Tensor x = backends::contiguous(a), y = backends::contiguous(b);
  const std::size_t bytes = static_cast<std::size_t>(x.numel()) * size_of(x.dtype());
  return bytes == 0 || std::memcmp(x.raw(), y.raw(), bytes) == 0;
}

}  // namespace adora
