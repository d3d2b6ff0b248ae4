#pragma once
#include <cublasLt.h>
#include <cublas_v2.h>

#include "../../core/dtype.h"

namespace adora::backends::cuda {

/// Throws `Error` naming the product, unless `status` is a success.
void check_blas(cublasStatus_t status, const char* what);

/// The memory that products may work in, one after the other. 32 MiB is what NVIDIA's documentation of
/// cublasSetWorkspace recommends for Hopper.
struct BlasWorkspace {
  void* data;
  std::size_t bytes = std::size_t{32} << 20;
};
const BlasWorkspace& blas_workspace();

/// cuBLAS's name for a floating dtype.
cudaDataType_t blas_type(DType dtype);

/// cuBLAS, bound to the one stream. Its products are deterministic, and use TF32 only where that was asked for.
cublasHandle_t blas();
/// cublasLt, which has products that do more on the way out.
cublasLtHandle_t blas_lt();

}  // namespace adora::backends::cuda
