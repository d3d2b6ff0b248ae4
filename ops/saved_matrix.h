#pragma once
// Not in adora.h: the library's own.
#include "../autograd/saved.h"
#include "../core/frozen_matrix.h"

namespace adora::detail {

/// A frozen weight kept for the backward pass, as Saved keeps a tensor.
class SavedMatrix {
 public:
  explicit SavedMatrix(const FrozenMatrix& matrix)
      : facts_(matrix.quantized()),
        plain_(matrix.plain()),
        codes_(facts_.codes),
        scales_(facts_.scales),
        tops_(facts_.tops) {
    // No handles beside those that are looked after.
    facts_.codes = facts_.scales = facts_.tops = Tensor();
  }

  FrozenMatrix operator*() const {
    if (plain_.defined()) return *plain_;
    QuantizedMatrix matrix = facts_;
    matrix.codes = *codes_, matrix.scales = *scales_, matrix.tops = *tops_;
    return matrix;
  }

 private:
  QuantizedMatrix facts_;
  Saved plain_, codes_, scales_, tops_;
};

}  // namespace adora::detail
