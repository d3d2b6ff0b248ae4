#include "blas.h"

#include "../../core/cuda.h"
#include "../../core/error.h"
#include "runtime.h"

namespace adora::backends::cuda {

void check_blas(cublasStatus_t status, const char* what) {
  if (status == CUBLAS_STATUS_SUCCESS) [[likely]]
    return;
  throw DeviceError(fmt::format("cuBLAS, {}: {}", what, cublasGetStatusString(status)));
}

cublasHandle_t blas() {
  static cublasHandle_t handle = [] {
    use_device();
    cublasHandle_t made;
    check_blas(cublasCreate(&made), "starting");
    check_blas(cublasSetStream(made, stream()), "binding it to the stream");
    return made;
  }();
  check_blas(cublasSetMathMode(handle, adora::cuda::tf32_allowed() ? CUBLAS_TF32_TENSOR_OP_MATH : CUBLAS_DEFAULT_MATH),
             "choosing the arithmetic");
  return handle;
}

}  // namespace adora::backends::cuda
