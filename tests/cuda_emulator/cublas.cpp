#include <algorithm>
#include <vector>

#include "../../core/half.h"
#include "cublasLt.h"
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

/// One side of a product in memory; of a batch, `stride` from matrix to matrix.
struct Side {
  const void* data;
  cudaDataType_t type;
  cublasOperation_t op;
  int ld;
  long long stride = 0;
};

/// c = alpha·op(a)·op(b) + beta·c + bias in every column: op(a) [m, k], op(b) [k, n], bias [m] or null.
struct Product {
  int m, n, k;
  Side a, b, c;
  double alpha, beta;
  const void* bias = nullptr;
  int batch = 1;

  /// Whether cuBLAS takes these arguments.
  bool is_valid() const {
    const int a_rows = a.op == CUBLAS_OP_N ? m : k, b_rows = b.op == CUBLAS_OP_N ? k : n;
    return m >= 0 && n >= 0 && k >= 0 && a.ld >= std::max(a_rows, 1) && b.ld >= std::max(b_rows, 1) &&
           c.ld >= std::max(m, 1);
  }

  void run() const {
    const emulator::DeviceAccess access;
    void* out = const_cast<void*>(c.data);
    const auto inner = static_cast<std::size_t>(k), columns = static_cast<std::size_t>(n);
    for (int p = 0; p < batch; ++p) {
      const std::vector<double> left = operand(a.data, a.type, p * a.stride, a.op, m, k, a.ld);
      const std::vector<double> right = operand(b.data, b.type, p * b.stride, b.op, k, n, b.ld);
      std::vector<double> sums(columns);
      for (int i = 0; i < m; ++i) {
        std::fill(sums.begin(), sums.end(), 0.0);
        for (std::size_t l = 0; l < inner; ++l) {
          const double x = left[static_cast<std::size_t>(i) * inner + l];
          for (std::size_t j = 0; j < columns; ++j) sums[j] += x * right[l * columns + j];
        }
        for (std::size_t j = 0; j < columns; ++j) {
          const long long place = p * c.stride + i + static_cast<long long>(j) * c.ld;
          double value = alpha * sums[j] + (bias ? read(bias, c.type, i) : 0);
          if (beta != 0) value += beta * read(out, c.type, place);
          write(out, c.type, place, value);
        }
      }
    }
  }
};

/// Puts the product into the stream; the numbers alpha and beta are read now.
cublasStatus_t start(Product product, const void* alpha, const void* beta, bool wide) {
  if (!product.is_valid()) return CUBLAS_STATUS_INVALID_VALUE;
  product.alpha = wide ? *static_cast<const double*>(alpha) : *static_cast<const float*>(alpha);
  product.beta = wide ? *static_cast<const double*>(beta) : *static_cast<const float*>(beta);
  emulator::submit([product] { product.run(); });
  return CUBLAS_STATUS_SUCCESS;
}

}  // namespace

const char* cublasGetStatusString(cublasStatus_t status) {
  return status == CUBLAS_STATUS_SUCCESS ? "CUBLAS_STATUS_SUCCESS" : "CUBLAS_STATUS_INVALID_VALUE";
}
cublasStatus_t cublasCreate(cublasHandle_t* handle) { return *handle = nullptr, CUBLAS_STATUS_SUCCESS; }
cublasStatus_t cublasSetStream(cublasHandle_t, cudaStream_t) { return CUBLAS_STATUS_SUCCESS; }
cublasStatus_t cublasSetWorkspace(cublasHandle_t, void*, std::size_t) { return CUBLAS_STATUS_SUCCESS; }
cublasStatus_t cublasSetMathMode(cublasHandle_t, cublasMath_t) { return CUBLAS_STATUS_SUCCESS; }

cublasStatus_t cublasGemmStridedBatchedEx(cublasHandle_t, cublasOperation_t transa, cublasOperation_t transb, int m,
                                          int n, int k, const void* alpha, const void* a, cudaDataType_t a_type,
                                          int lda, long long stride_a, const void* b, cudaDataType_t b_type, int ldb,
                                          long long stride_b, const void* beta, void* c, cudaDataType_t c_type, int ldc,
                                          long long stride_c, int batch, cublasComputeType_t compute,
                                          cublasGemmAlgo_t) {
  return start({.m = m,
                .n = n,
                .k = k,
                .a = {a, a_type, transa, lda, stride_a},
                .b = {b, b_type, transb, ldb, stride_b},
                .c = {c, c_type, CUBLAS_OP_N, ldc, stride_c},
                .alpha = 1,
                .beta = 0,
                .batch = batch},
               alpha, beta, compute == CUBLAS_COMPUTE_64F);
}

// ---- cublasLt --------------------------------------------------------------------------------------------------

struct EmulatedProduct {
  bool wide;
  cublasOperation_t a = CUBLAS_OP_N, b = CUBLAS_OP_N;
  bool has_bias = false;
  const void* bias = nullptr;
};
struct EmulatedMatrix {
  cudaDataType_t type;
  std::uint64_t rows, columns;
  std::int64_t ld;
};
struct EmulatedPreference {};

cublasStatus_t cublasLtCreate(cublasLtHandle_t* handle) { return *handle = nullptr, CUBLAS_STATUS_SUCCESS; }
cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t* product, cublasComputeType_t compute, cudaDataType_t) {
  return *product = new EmulatedProduct{compute == CUBLAS_COMPUTE_64F}, CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t product, cublasLtMatmulDescAttributes_t what,
                                              const void* value, std::size_t bytes) {
  auto take = [&](auto& to) {
    if (bytes == sizeof to) std::memcpy(&to, value, bytes);
    return bytes == sizeof to ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INVALID_VALUE;
  };
  switch (what) {
    case CUBLASLT_MATMUL_DESC_TRANSA: return take(product->a);
    case CUBLASLT_MATMUL_DESC_TRANSB: return take(product->b);
    case CUBLASLT_MATMUL_DESC_EPILOGUE: return product->has_bias = true, CUBLAS_STATUS_SUCCESS;
    case CUBLASLT_MATMUL_DESC_BIAS_POINTER: return take(product->bias);
  }
  return CUBLAS_STATUS_INVALID_VALUE;
}
cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t product) { return delete product, CUBLAS_STATUS_SUCCESS; }
cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t* layout, cudaDataType_t type, std::uint64_t rows,
                                          std::uint64_t columns, std::int64_t ld) {
  return *layout = new EmulatedMatrix{type, rows, columns, ld}, CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t layout) {
  return delete layout, CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t* preference) {
  return *preference = new EmulatedPreference, CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t, cublasLtMatmulPreferenceAttributes_t,
                                                    const void*, std::size_t) {
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t preference) {
  return delete preference, CUBLAS_STATUS_SUCCESS;
}
// Has no kernel for float16, so that what is done then is tested too.
cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t, cublasLtMatmulDesc_t, cublasLtMatrixLayout_t,
                                              cublasLtMatrixLayout_t, cublasLtMatrixLayout_t, cublasLtMatrixLayout_t d,
                                              cublasLtMatmulPreference_t, int, cublasLtMatmulHeuristicResult_t* found,
                                              int* count) {
  *count = d->type == CUDA_R_16F ? 0 : 1;
  found->algo = {1};
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmul(cublasLtHandle_t, cublasLtMatmulDesc_t product, const void* alpha, const void* a,
                              cublasLtMatrixLayout_t a_layout, const void* b, cublasLtMatrixLayout_t b_layout,
                              const void* beta, const void* c, cublasLtMatrixLayout_t, void* d,
                              cublasLtMatrixLayout_t d_layout, const cublasLtMatmulAlgo_t* algorithm, void*,
                              std::size_t, cudaStream_t) {
  const bool turned = product->a == CUBLAS_OP_T;
  const auto m = static_cast<int>(d_layout->rows), n = static_cast<int>(d_layout->columns);
  const auto k = static_cast<int>(turned ? a_layout->rows : a_layout->columns);
  const std::uint64_t other = product->b == CUBLAS_OP_T ? b_layout->columns : b_layout->rows;
  if (c != d || algorithm->number != 1 || !product->has_bias || other != static_cast<std::uint64_t>(k)) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  return start({.m = m,
                .n = n,
                .k = k,
                .a = {a, a_layout->type, product->a, static_cast<int>(a_layout->ld)},
                .b = {b, b_layout->type, product->b, static_cast<int>(b_layout->ld)},
                .c = {d, d_layout->type, CUBLAS_OP_N, static_cast<int>(d_layout->ld)},
                .alpha = 1,
                .beta = 0,
                .bias = product->bias},
               alpha, beta, product->wide);
}
