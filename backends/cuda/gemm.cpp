#include "../gemm.h"

#include "../basic.h"
#include "../blas_matrix.h"
#include "blas.h"
#include "narrow.h"
#include "runtime.h"

namespace adora::backends::cuda {
namespace {

void* at(const Tensor& x, std::int64_t element) {
  return static_cast<char*>(x.raw()) + element * static_cast<std::int64_t>(size_of(x.dtype()));
}

/// The dtype that both factors are converted to: a half type where one of them, or the result, has it.
DType factors_dtype(const Tensor& a, const Tensor& b, const Tensor& out) {
  for (const Tensor* x : {&a, &b, &out})
    if (size_of(x->dtype()) == 2) return x->dtype();
  return a.dtype();
}

/// As the kernel `gemm` promises. Here the dtypes may also be mixed: where a half type is among them the factors are
/// rounded to it, and a float32 result is not.
void gemm_cuda(const Tensor& first, const Tensor& second, const Tensor& out, double alpha, double beta) {
  if (out.numel() == 0) return;
  const DType factors = factors_dtype(first, second, out);
  const Tensor a = as(first, factors), b = as(second, factors);
  const std::int64_t m = out.size(-2), n = out.size(-1), k = a.size(-1);
  if (k == 0) {  // a sum of nothing
    if (beta == 1) return;
    if (beta == 0) return fill(out, 0);
    auto zeros = [&](std::int64_t rows, std::int64_t columns) {
      Tensor x = empty({rows, columns}, factors, out.device());
      fill(x, 0);
      Shape shape = out.shape();
      shape[shape.size() - 2] = rows, shape[shape.size() - 1] = columns;
      return x.with_layout(x.layout().expanded(shape));
    };
    return gemm_cuda(zeros(m, 1), zeros(1, n), out, 0, beta);
  }
  const BlasProduct product(a, b, out, beta, "cuBLAS");
  const auto& [ma, mb, mo, left, right, target] = product;

  // The last batch dimension in one call, the others one by one.
  const int batch_dims = out.ndim() - 2;
  const std::int64_t inner = batch_dims > 0 ? out.shape()[batch_dims - 1] : 1;
  std::int64_t outer = 1;
  for (int d = 0; d + 1 < batch_dims; ++d) outer *= out.shape()[d];
  auto step = [&](const Tensor& x) { return batch_dims > 0 ? x.strides()[batch_dims - 1] : 0; };

  const cudaDataType_t type = blas_type(factors), out_type = blas_type(out.dtype());
  const float alpha_single = static_cast<float>(alpha), beta_single = static_cast<float>(beta);
  const bool wide = out.dtype() == float64;
  const void* pa = wide ? static_cast<const void*>(&alpha) : &alpha_single;
  const void* pb = wide ? static_cast<const void*>(&beta) : &beta_single;
  cublasHandle_t handle = blas();
  for (std::int64_t i = 0; i < outer; ++i) {
    // cuBLAS has its matrices in columns: outᵀ = bᵀ·aᵀ.
    check_blas(cublasGemmStridedBatchedEx(
                   handle, mb.transposed ? CUBLAS_OP_T : CUBLAS_OP_N, ma.transposed ? CUBLAS_OP_T : CUBLAS_OP_N,
                   static_cast<int>(n), static_cast<int>(m), static_cast<int>(k), pa,
                   at(right, batch_offset(right, i * inner)), type, static_cast<int>(mb.ld), step(right),
                   at(left, batch_offset(left, i * inner)), type, static_cast<int>(ma.ld), step(left), pb,
                   at(target, batch_offset(target, i * inner)), out_type, static_cast<int>(mo.ld), step(target),
                   static_cast<int>(inner), wide ? CUBLAS_COMPUTE_64F : CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT),
               "a product");
  }
  if (waits_for_kernels()) synchronize();
  product.finish(out);
}

[[maybe_unused]] const bool registered = gemm.on(DeviceType::cuda, gemm_cuda);

}  // namespace
}  // namespace adora::backends::cuda
