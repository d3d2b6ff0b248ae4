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

const BlasWorkspace& blas_workspace() {
  static const BlasWorkspace workspace = [] {
    use_device();
    BlasWorkspace made{};
    check_status(cudaMalloc(&made.data, made.bytes), "allocating cuBLAS's workspace");
    return made;
  }();
  return workspace;
}

cudaDataType_t blas_type(DType dtype) {
  switch (dtype) {
    case DType::float32: return CUDA_R_32F;
    case DType::float64: return CUDA_R_64F;
    case DType::bfloat16: return CUDA_R_16BF;
    case DType::float16: return CUDA_R_16F;
    default: fail("gemm: works on floating tensors, not on {}", name(dtype));
  }
}

cublasLtHandle_t blas_lt() {
  static cublasLtHandle_t handle = [] {
    use_device();
    cublasLtHandle_t made;
    check_blas(cublasLtCreate(&made), "starting");
    return made;
  }();
  return handle;
}

cublasHandle_t blas() {
  static cublasHandle_t handle = [] {
    use_device();
    cublasHandle_t made;
    check_blas(cublasCreate(&made), "starting");
    check_blas(cublasSetStream(made, stream()), "binding it to the stream");
    // One that it made itself when a product needs it could not be recorded.
    check_blas(cublasSetWorkspace(made, blas_workspace().data, blas_workspace().bytes), "giving it a workspace");
    return made;
  }();
  check_blas(cublasSetMathMode(handle, adora::cuda::tf32_allowed() ? CUBLAS_TF32_TENSOR_OP_MATH : CUBLAS_DEFAULT_MATH),
             "choosing the arithmetic");
  return handle;
}

}  // namespace adora::backends::cuda
