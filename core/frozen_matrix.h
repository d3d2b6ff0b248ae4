#pragma once
#include "quantised_matrix.h"

namespace adora {

/// A weight [out, in] that is used but not trained: a Tensor, or a quantised matrix. Functions that take one take
/// either in its place. A default-constructed one is no weight at all.
class FrozenMatrix {
 public:
  FrozenMatrix() = default;
  FrozenMatrix(Tensor weight) : plain_(std::move(weight)) {}
  FrozenMatrix(QuantisedMatrix weight) : quantised_(std::move(weight)) {}

  bool defined() const { return plain_.defined() || is_quantised(); }
  bool is_quantised() const { return quantised_.defined(); }
  /// The tensor; undefined where it is quantised.
  const Tensor& plain() const { return plain_; }
  const QuantisedMatrix& quantised() const { return quantised_; }

  int ndim() const { return is_quantised() ? 2 : plain_.ndim(); }
  std::int64_t size(std::int64_t dim) const {
    return is_quantised() ? quantised_.shape()[wrap_dim("size", dim, 2)] : plain_.size(dim);
  }
  DType dtype() const { return is_quantised() ? quantised_.dtype : plain_.dtype(); }
  Device device() const { return is_quantised() ? quantised_.device() : plain_.device(); }

  /// For numbers of `dtype`: a quantised matrix serves any of them, and a tensor stays what it is.
  FrozenMatrix for_numbers_of(DType dtype) const;
  /// Without history.
  FrozenMatrix detach() const { return is_quantised() ? *this : FrozenMatrix(plain_.detach()); }

 private:
  Tensor plain_;
  QuantisedMatrix quantised_;
};

/// For messages, as describe(Tensor).
inline Description describe(const FrozenMatrix& matrix) {
  return matrix.is_quantised() ? describe(matrix.quantised()) : describe(matrix.plain());
}

}  // namespace adora
