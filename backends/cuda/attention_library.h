#pragma once
#include "../../core/tensor.h"

namespace adora::backends::cuda {

/// A library's attention in place of the kernels here, where the program chose it (core/cuda.h). Tensors as in
/// ../attention.h, q, k, v and the gradient in rows (attention_passes.h); false, with nothing done, for what the
/// library doesn't take. A build without it has null here.
struct AttentionLibrary {
  bool (*is_there)() = nullptr;  ///< whether it is installed
  bool (*forward)(const Tensor& q, const Tensor& k, const Tensor& v, bool causal, double scale, const Tensor& out,
                  const Tensor& lse) = nullptr;
  bool (*gradient)(const Tensor& q, const Tensor& k, const Tensor& v, bool causal, double scale, const Tensor& out,
                   const Tensor& lse, const Tensor& grad, const Tensor& dq, const Tensor& dk,
                   const Tensor& dv) = nullptr;
};
inline constinit AttentionLibrary attention_library{};

}  // namespace adora::backends::cuda
