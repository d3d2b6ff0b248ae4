#pragma once
#include <functional>

#include "../core/frozen_matrix.h"
#include "dropout.h"
#include "kernel.h"

/// The skinny products of adapted linear layers, each joined with the passes over the same numbers that would
/// otherwise go through memory once more. T rows of x, K numbers in, N out, rank r. Large tensors ([T, K], [T, N] and
/// the weight) are contiguous and of one dtype, see large_dtype; all others are of the dtype arithmetic on that is done
/// in, float32 or float64. "Narrow" ones, [.., R], have r padded with zeros to R columns: see narrow_columns. Undefined
/// tensors are left out of the formulas, undefined outputs not computed.
namespace adora::backends {

/// The dtype that large tensors are multiplied in. The CPU widens the half types to float32; a GPU takes them as they
/// are and adds in float32.
inline DType large_dtype(DType dtype, Device device) {
  return size_of(dtype) == 2 && device.type != DeviceType::cuda ? float32 : dtype;
}

/// Calls f(block, first) for blocks of the rows of a matrix from row `first` on, each contiguous and of its
/// large_dtype: all rows at once where it is so already, otherwise so many at a time that nothing of the matrix's size
/// is made.
void for_wide_rows(const FrozenMatrix& matrix, const std::function<void(const Tensor&, std::int64_t)>& f);

/// The number of columns of a narrow tensor of this rank.
inline std::int64_t narrow_columns(std::int64_t rank) { return (rank + 15) / 16 * 16; }

/// z = drop(x)·mᵀ: x [T, K], m [r, K] any strides, z [T, R]; squares [T] (float64) = Σ x² of each row.
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*m*/, const DropoutMask& /*mask*/, const Tensor& /*z*/,
                        const Tensor& /*squares*/>
    narrow_product{"narrow_product"};

/// out = column ∘ (row ∘ in + scale·z·m) + shift: in and out [T, N] (perhaps the same), row [T], z [T, R], m [r, N] any
/// strides, column and shift [N].
inline constinit Kernel<const Tensor& /*in*/, const Tensor& /*row*/, const Tensor& /*z*/, const Tensor& /*m*/,
                        double /*scale*/, const Tensor& /*column*/, const Tensor& /*shift*/, const Tensor& /*out*/>
    wide_update{"wide_update"};

/// Inputs and outputs of `output_side`, which computes the gradients on the output's side in one pass over y [T, N] and
/// its gradient g. Outputs: scaled [T, N] = g∘c; h [T, R] = (g∘c)·B; dB [N, r] = scale·c∘(gᵀ·z); and in float64 of each
/// column, [N], sum = Σ g, dot = Σ g∘(y - bias), size = Σ |g∘(y - bias)|, weight = Σ |g|. The last three go together.
/// B [N, r] any strides, z [T, R], c and bias [N].
struct OutputSide {
  Tensor g = {}, y = {}, bias = {}, c = {}, B = {}, z = {};
  double scale = 1;
  Tensor scaled = {}, h = {}, dB = {}, sum = {}, dot = {}, size = {}, weight = {};
};
inline constinit Kernel<const Tensor& /*g*/, const OutputSide&> output_side{"output_side"};

/// The gradients on the input's side, of h [T, R]: dx [T, K] += scale·drop(h·A); dA [r, K] = scale·hᵀ·drop(x). The
/// dropout's mask is computed once for both. A [r, K] any strides.
inline constinit Kernel<const Tensor& /*h*/, const Tensor& /*A*/, const Tensor& /*x*/, const DropoutMask& /*mask*/,
                        double /*scale*/, const Tensor& /*dx*/, const Tensor& /*dA*/>
    input_side{"input_side"};

}  // namespace adora::backends
