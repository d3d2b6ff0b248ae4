#pragma once
#include "quantized_matrix.h"

namespace adora {

/// A weight [out, in] that is used but not trained: a Tensor, or a quantized matrix. Functions that take one take
/// either in its place. A default-constructed one is no weight at all.
class FrozenMatrix {
 public:
  FrozenMatrix() = default;
  FrozenMatrix(Tensor weight) : plain_(std::move(weight)) {}
  FrozenMatrix(QuantizedMatrix weight) : quantized_(std::move(weight)) {}

  bool defined() const { return plain_.defined() || is_quantized(); }
  bool is_quantized() const { return quantized_.defined(); }
  /// The tensor; undefined where it is quantized.
  const Tensor& plain() const { return plain_; }
  const QuantizedMatrix& quantized() const { return quantized_; }

  int ndim() const { return is_quantized() ? 2 : plain_.ndim(); }
  std::int64_t size(std::int64_t dim) const {
    return is_quantized() ? quantized_.shape()[wrap_dim("size", dim, 2)] : plain_.size(dim);
  }
  DType dtype() const { return is_quantized() ? quantized_.dtype : plain_.dtype(); }
  Device device() const { return is_quantized() ? quantized_.device() : plain_.device(); }

  /// For numbers of `dtype`: a quantized matrix serves any of them, and a tensor stays what it is.
  FrozenMatrix for_numbers_of(DType dtype) const;
  /// Without history.
  FrozenMatrix detach() const { return is_quantized() ? *this : FrozenMatrix(plain_.detach()); }

 private:
  Tensor plain_;
  QuantizedMatrix quantized_;
};

/// For messages, as describe(Tensor).
inline Description describe(const FrozenMatrix& matrix) {
  return matrix.is_quantized() ? describe(matrix.quantized()) : describe(matrix.plain());
}

}  // namespace adora
