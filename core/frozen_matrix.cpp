#include "frozen_matrix.h"

namespace adora {

FrozenMatrix FrozenMatrix::for_numbers_of(DType dtype) const {
  return is_quantized() ? FrozenMatrix(quantized_.with_dtype(dtype)) : *this;
}

}  // namespace adora
