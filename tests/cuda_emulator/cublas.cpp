#include <vector>

#include "../../core/half.h"
#include "cublas_v2.h"
#include "device_memory.h"

namespace {

using adora::bf16;
using adora::f16;

double read(const void* data, cudaDataType_t type, long long i) {
  switch (type) {
    case CUDA_R_32F: return static_cast<const float*>(data)[i];
    case CUDA_R_64F: return static_cast<const double*>(data)[i];
    case CUDA_R_16F: return static_cast<float>(static_cast<const f16*>(data)[i]);
    case CUDA_R_16BF: return static_cast<float>(static_cast<const bf16*>(data)[i]);
  }
  return 0;
}

void write(void* data, cudaDataType_t type, long long i, double value) {
  switch (type) {
    case CUDA_R_32F: static_cast<float*>(data)[i] = static_cast<float>(value); return;
    case CUDA_R_64F: static_cast<double*>(data)[i] = value; return;
    case CUDA_R_16F: static_cast<f16*>(data)[i] = f16(static_cast<float>(value)); return;
    case CUDA_R_16BF: static_cast<bf16*>(data)[i] = bf16(static_cast<float>(value)); return;
  }
}

/// The elements of op(x), row by row.
std::vector<double> operand(const void* data, cudaDataType_t type, long long offset, cublasOperation_t op, int rows,
                            int columns, int ld) {
  std::vector<double> values(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
  std::size_t at = 0;
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < columns; ++j) {
      long long place = op == CUBLAS_OP_N ? i + static_cast<long long>(j) * ld : j + static_cast<long long>(i) * ld;
      values[at++] = read(data, type, offset + place);
    }
  }
  return values;
}

}  // namespace

const char* cublasGetStatusString(cublasStatus_t status) {
  return status == CUBLAS_STATUS_SUCCESS ? "CUBLAS_STATUS_SUCCESS" : "CUBLAS_STATUS_INVALID_VALUE";
}
cublasStatus_t cublasCreate(cublasHandle_t* handle) { return *handle = nullptr, CUBLAS_STATUS_SUCCESS; }
cublasStatus_t cublasSetStream(cublasHandle_t, cudaStream_t) { return CUBLAS_STATUS_SUCCESS; }
cublasStatus_t cublasSetMathMode(cublasHandle_t, cublasMath_t) { return CUBLAS_STATUS_SUCCESS; }

cublasStatus_t cublasGemmStridedBatchedEx(cublasHandle_t, cublasOperation_t transa, cublasOperation_t transb, int m,
                                          int n, int k, const void* alpha, const void* a, cudaDataType_t a_type,
                                          int lda, long long stride_a, const void* b, cudaDataType_t b_type, int ldb,
                                          long long stride_b, const void* beta, void* c, cudaDataType_t c_type, int ldc,
                                          long long stride_c, int batch, cublasComputeType_t compute,
                                          cublasGemmAlgo_t) {
  // What the real one refuses.
  const int a_rows = transa == CUBLAS_OP_N ? m : k, b_rows = transb == CUBLAS_OP_N ? k : n;
  if (m < 0 || n < 0 || k < 0 || lda < (a_rows > 1 ? a_rows : 1) || ldb < (b_rows > 1 ? b_rows : 1) ||
      ldc < (m > 1 ? m : 1)) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  const emulator::DeviceAccess access;
  const bool wide = compute == CUBLAS_COMPUTE_64F;
  const double by = wide ? *static_cast<const double*>(alpha) : *static_cast<const float*>(alpha);
  const double keep = wide ? *static_cast<const double*>(beta) : *static_cast<const float*>(beta);
  for (int p = 0; p < batch; ++p) {
    const std::vector<double> left = operand(a, a_type, p * stride_a, transa, m, k, lda);
    const std::vector<double> right = operand(b, b_type, p * stride_b, transb, k, n, ldb);
    std::vector<double> sums(static_cast<std::size_t>(n));
    for (int i = 0; i < m; ++i) {
      std::fill(sums.begin(), sums.end(), 0.0);
      for (int l = 0; l < k; ++l) {
        const double x = left[static_cast<std::size_t>(i) * static_cast<std::size_t>(k) + static_cast<std::size_t>(l)];
        const double* row = right.data() + static_cast<std::size_t>(l) * static_cast<std::size_t>(n);
        for (int j = 0; j < n; ++j) sums[static_cast<std::size_t>(j)] += x * row[j];
      }
      for (int j = 0; j < n; ++j) {
        const long long place = p * stride_c + i + static_cast<long long>(j) * ldc;
        const double before = keep == 0 ? 0 : keep * read(c, c_type, place);
        write(c, c_type, place, by * sums[static_cast<std::size_t>(j)] + before);
      }
    }
  }
  return CUBLAS_STATUS_SUCCESS;
}
