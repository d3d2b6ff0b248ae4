#pragma once
#include "../basic.h"
#include "../blas_matrix.h"
#include "../gemm.h"
#include "blas.h"
#include "runtime.h"

namespace adora::backends::cuda {

/// out = alpha·op(a)·op(b) + beta·out of matrices, op(x) being xᵀ where `ta` or `tb` says so: op(a) [m, k], op(b) [k,
/// n], out [m, n]. a and b are of one floating dtype; out is of the same, or float32 where theirs is a half type:
/// products of half numbers are summed in float32 and need not be rounded. With beta 0 whatever `out` holds is ignored.
inline void product(const Tensor& a, bool ta, const Tensor& b, bool tb, const Tensor& out, double alpha, double beta) {
  const Tensor left = ta ? a.with_layout(a.layout().transposed(0, 1)) : a;
  const Tensor right = tb ? b.with_layout(b.layout().transposed(0, 1)) : b;
  if (a.dtype() == out.dtype()) return gemm(left, right, out, alpha, beta);
  check((a.dtype() == bfloat16 || a.dtype() == float16) && b.dtype() == a.dtype() && out.dtype() == float32,
        "product: there is none of {} and {} to {}", describe(a), describe(b), describe(out));
  if (out.numel() == 0) return;
  const std::int64_t m = out.size(0), n = out.size(1), k = left.size(1);
  if (k == 0) {  // a sum of nothing
    check(beta == 0 || beta == 1, "product: an empty one takes beta 0 or 1, not {}", beta);
    if (beta == 0) fill(out, 0);
    return;
  }
  BlasMatrix ma, mb, mo;
  const Tensor first = as_blas(left, ma) ? left : contiguous(left);
  const Tensor second = as_blas(right, mb) ? right : contiguous(right);
  as_blas(first, ma), as_blas(second, mb);
  const bool direct = as_blas(out, mo) && !mo.transposed;
  const Tensor target = direct ? out : empty_like(out);
  if (!direct && beta != 0) copy(out, target);
  as_blas(target, mo);
  for (std::int64_t size : {m, n, k, ma.ld, mb.ld, mo.ld})
    check(size <= 0x7fffffff, "product: a matrix side of {} is beyond what cuBLAS takes (2^31 - 1)", size);
  const cudaDataType_t type = a.dtype() == bfloat16 ? CUDA_R_16BF : CUDA_R_16F;
  const float times = static_cast<float>(alpha), keep = static_cast<float>(beta);
  // cuBLAS has its matrices in columns: outᵀ = bᵀ·aᵀ.
  check_blas(cublasGemmStridedBatchedEx(
                 blas(), mb.transposed ? CUBLAS_OP_T : CUBLAS_OP_N, ma.transposed ? CUBLAS_OP_T : CUBLAS_OP_N,
                 static_cast<int>(n), static_cast<int>(m), static_cast<int>(k), &times, second.raw(), type,
                 static_cast<int>(mb.ld), 0, first.raw(), type, static_cast<int>(ma.ld), 0, &keep, target.raw(),
                 CUDA_R_32F, static_cast<int>(mo.ld), 0, 1, CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT),
             "a product");
  if (waits_for_kernels()) synchronize();
  if (!direct) copy(target, out);
}

}  // namespace adora::backends::cuda
