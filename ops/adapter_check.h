#pragma once
// Not in adora.h: the library's own.
#include "../core/frozen_matrix.h"

/// Checks of the arguments of adapted linear layers' ops; errors name the op and the shapes.
namespace adora::detail {

/// The dtype that arithmetic on a dtype is done in.
inline DType compute_dtype(DType dtype) { return dtype == float64 ? float64 : float32; }

/// A [r, in] and B [out, r] of one rank on one device.
void check_factors(const char* op, std::int64_t in, std::int64_t out, const Tensor& A, const Tensor& B);

/// x [..., in], weight [out, in], bias [out] or undefined, A and B as above or both undefined where `without` allows
/// it; x and the weight of one floating dtype, the others, the magnitude too, of the same or of the one it is computed
/// in, and all on one device. Gives the weight back: a quantized one, of which x may have any dtype, for numbers of
/// that.
FrozenMatrix check_adapter(const char* op, const Tensor& x, const FrozenMatrix& weight, const Tensor& bias,
                           const Tensor& A, const Tensor& B, const Tensor& magnitude, bool without = false);

/// A finite scale, a probability, and a generator where something is to be dropped.
void check_options(const char* op, double scale, double dropout, const Generator* generator);

/// The arguments of a norm of weight + scale·B·A: a floating matrix, a finite scale, A and B as above or both
/// undefined.
void check_norm(const char* op, const FrozenMatrix& weight, const Tensor& A, const Tensor& B, double scale);

/// A vector of n numbers.
void check_vector(const char* op, const char* what, const Tensor& vector, std::int64_t n);

}  // namespace adora::detail
