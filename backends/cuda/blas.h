#pragma once
#include <cublas_v2.h>

namespace adora::backends::cuda {

/// Throws `Error` naming the product, unless `status` is a success.
void check_blas(cublasStatus_t status, const char* what);

/// cuBLAS, bound to the one stream. Its products are deterministic, and use TF32 only where that was asked for.
cublasHandle_t blas();

}  // namespace adora::backends::cuda
