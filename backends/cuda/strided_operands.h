#pragma once
#include <span>

#include "../strided.h"
#include "device_code.h"

namespace adora::backends::cuda {

/// Tensors of one shape as a kernel sees them, walked together; operand 0 is the output.
template <int Operands> struct StridedOperands {
  void* data[Operands];
  DType dtypes[Operands];
  bool linear[Operands];  ///< elements one after the other in walking order
  std::int64_t numel = 0;
  int dims = 0;
  std::int64_t sizes[Shape::max_size];
  std::int64_t strides[Operands][Shape::max_size];

  StridedOperands(const Tensor& out, std::span<const Tensor> inputs) {
    const Layout* layouts[Operands] = {&out.layout()};
    for (int k = 1; k < Operands; ++k) layouts[k] = &inputs[static_cast<std::size_t>(k) - 1].layout();
    StridedWalk walk(layouts);
    numel = walk.numel, dims = walk.shape.size();
    for (int d = 0; d < dims; ++d) sizes[d] = walk.shape[d];
    for (int k = 0; k < Operands; ++k) {
      const Tensor& x = k ? inputs[static_cast<std::size_t>(k) - 1] : out;
      data[k] = x.raw(), dtypes[k] = x.dtype(), linear[k] = walk.linear(k);
      for (int d = 0; d < dims; ++d) strides[k][d] = walk.strides[k][d];
    }
  }

  /// Takes `count` neighbors for one element of `bytes`, where all operands have them side by side and on such a
  /// boundary; says whether they do.
  bool join_neighbors(std::int64_t count, std::size_t bytes) {
    const int last = dims - 1;
    bool can = sizes[last] % count == 0;
    for (int k = 0; can && k < Operands; ++k) {
      can = strides[k][last] == 1 && reinterpret_cast<std::uintptr_t>(data[k]) % bytes == 0;
      for (int d = 0; can && d < last; ++d) can = strides[k][d] % count == 0;
    }
    if (!can) return false;
    numel /= count, sizes[last] /= count;
    for (auto& of_operand : strides)
      for (int d = 0; d < last; ++d) of_operand[d] /= count;
    return true;
  }

  /// The offset of element i of an operand.
  __device__ std::int64_t offset(int k, std::int64_t i) const {
    if (linear[k]) return i;
    std::int64_t offset = 0;
    if (numel <= 0xffffffffLL) {  // 32-bit divisions are several times as fast
      auto rest = static_cast<unsigned>(i);
      for (int d = dims - 1; d > 0; --d) {
        auto size = static_cast<unsigned>(sizes[d]);
        offset += static_cast<std::int64_t>(rest % size) * strides[k][d];
        rest /= size;
      }
      return offset + static_cast<std::int64_t>(rest) * strides[k][0];
    }
    for (int d = dims - 1; d > 0; --d) {
      offset += i % sizes[d] * strides[k][d];
      i /= sizes[d];
    }
    return offset + i * strides[k][0];
  }
};

}  // namespace adora::backends::cuda
