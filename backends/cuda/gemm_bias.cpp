#include <bit>
#include <compare>
#include <map>
#include <mutex>
#include <optional>

#include "../../core/cuda.h"
#include "../blas_matrix.h"
#include "../gemm.h"
#include "blas.h"
#include "runtime.h"

// The bias is added where the product leaves its registers (cublasLt's epilogue), so that the result is written once
// and never read. The plain twin is gemm_onto_bias.

namespace adora::backends::cuda {
namespace {

/// cublasLt's descriptors of a product, freed by the destructor.
struct Description {
  cublasLtMatmulDesc_t product = nullptr;
  cublasLtMatrixLayout_t left = nullptr, right = nullptr, out = nullptr;

  Description() = default;
  Description(const Description&) = delete;
  Description& operator=(const Description&) = delete;
  ~Description() {
    if (product) cublasLtMatmulDescDestroy(product);
    for (cublasLtMatrixLayout_t layout : {left, right, out})
      if (layout) cublasLtMatrixLayoutDestroy(layout);
  }
  template <class T> void set(cublasLtMatmulDescAttributes_t what, T value) {
    check_blas(cublasLtMatmulDescSetAttribute(product, what, &value, sizeof value), "describing a product");
  }
};

/// A matrix of `rows` by `columns` in memory, the columns apart by `ld`, as cuBLAS has them.
cublasLtMatrixLayout_t layout_of(cudaDataType_t type, std::int64_t rows, std::int64_t columns, std::int64_t ld) {
  cublasLtMatrixLayout_t made = nullptr;
  check_blas(cublasLtMatrixLayoutCreate(&made, type, static_cast<std::uint64_t>(rows),
                                        static_cast<std::uint64_t>(columns), ld),
             "describing a matrix");
  return made;
}

/// The largest power of two up to 256 that an address is a multiple of: what cublasLt's kernels may count on.
std::uint32_t alignment(const Tensor& x) {
  return std::uint32_t{1} << std::countr_zero(reinterpret_cast<std::uintptr_t>(x.raw()) | 256);
}

/// The properties of a product by which cublasLt chooses a kernel.
struct ProductKind {
  DType dtype;
  bool tf32, left_transposed, right_transposed;
  std::int64_t m, n, k, left_ld, right_ld, out_ld;
  std::uint32_t left_alignment, right_alignment, out_alignment;
  auto operator<=>(const ProductKind&) const =
      default;  // NOLINT(modernize-use-nullptr): of the 0 that it compares with
};

/// The kernel that cublasLt takes first for a product; nothing where it has none. Asking takes longer than a small
/// product, so that answers are kept.
std::optional<cublasLtMatmulAlgo_t> algorithm_for(const Description& d, const ProductKind& key) {
  static std::mutex mutex;
  static std::map<ProductKind, std::optional<cublasLtMatmulAlgo_t>> known;
  std::lock_guard lock(mutex);
  auto found = known.find(key);
  if (found != known.end()) return found->second;
  cublasLtMatmulPreference_t preference = nullptr;
  check_blas(cublasLtMatmulPreferenceCreate(&preference), "asking for a kernel");
  auto prefer = [&](cublasLtMatmulPreferenceAttributes_t what, auto value) {
    cublasLtMatmulPreferenceSetAttribute(preference, what, &value, sizeof value);
  };
  prefer(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, blas_workspace().bytes);
  // cuBLAS's left matrix is the right one here.
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, key.right_alignment);
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, key.left_alignment);
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, key.out_alignment);
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, key.out_alignment);
  cublasLtMatmulHeuristicResult_t first{};
  int count = 0;
  const cublasStatus_t status = cublasLtMatmulAlgoGetHeuristic(blas_lt(), d.product, d.left, d.right, d.out, d.out,
                                                               preference, 1, &first, &count);
  cublasLtMatmulPreferenceDestroy(preference);
  const bool has_one = status == CUBLAS_STATUS_SUCCESS && count > 0;
  return known[key] = has_one ? std::optional(first.algo) : std::nullopt;
}

void gemm_bias_cuda(const Tensor& a, const Tensor& b, const Tensor& bias, const Tensor& out) {
  const std::int64_t m = out.size(0), n = out.size(1), k = a.size(1);
  if (out.numel() == 0) return;
  // Nothing tells cublasLt where a bias lies, and some of its kernels read it 16 bytes at a time.
  if (k == 0 || bias.strides()[0] != 1 || alignment(bias) < 16) return gemm_onto_bias(a, b, bias, out);
  const BlasProduct product(a, b, out, 0, "cuBLAS");
  const auto& [ma, mb, mo, left, right, target] = product;
  const bool wide = out.dtype() == float64, tf32 = out.dtype() == float32 && adora::cuda::tf32_allowed();
  const cudaDataType_t type = blas_type(out.dtype()), scale = wide ? CUDA_R_64F : CUDA_R_32F;

  // cuBLAS has its matrices in columns: outᵀ = bᵀ·aᵀ, and a bias for each of its rows.
  Description d;
  check_blas(cublasLtMatmulDescCreate(&d.product,
                                      wide   ? CUBLAS_COMPUTE_64F
                                      : tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32
                                             : CUBLAS_COMPUTE_32F,
                                      scale),
             "describing a product");
  d.set(CUBLASLT_MATMUL_DESC_TRANSA, mb.transposed ? CUBLAS_OP_T : CUBLAS_OP_N);
  d.set(CUBLASLT_MATMUL_DESC_TRANSB, ma.transposed ? CUBLAS_OP_T : CUBLAS_OP_N);
  d.set(CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
  d.set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, static_cast<const void*>(bias.raw()));
  d.left = layout_of(type, mb.transposed ? k : n, mb.transposed ? n : k, mb.ld);
  d.right = layout_of(type, ma.transposed ? m : k, ma.transposed ? k : m, ma.ld);
  d.out = layout_of(type, n, m, mo.ld);
  const auto algorithm = algorithm_for(d, {out.dtype(), tf32, ma.transposed, mb.transposed, m, n, k, ma.ld, mb.ld,
                                           mo.ld, alignment(left), alignment(right), alignment(target)});
  if (!algorithm) return gemm_onto_bias(a, b, bias, out);
  const float one = 1, none = 0;
  const double wide_one = 1, wide_none = 0;
  const cublasStatus_t status =
      cublasLtMatmul(blas_lt(), d.product, wide ? static_cast<const void*>(&wide_one) : &one, right.raw(), d.left,
                     left.raw(), d.right, wide ? static_cast<const void*>(&wide_none) : &none, target.raw(), d.out,
                     target.raw(), d.out, &*algorithm, blas_workspace().data, blas_workspace().bytes, stream());
  if (status == CUBLAS_STATUS_NOT_SUPPORTED) return gemm_onto_bias(a, b, bias, out);
  check_blas(status, "a product with a bias");
  if (waits_for_kernels()) synchronize();
  product.finish(out);
}

[[maybe_unused]] const bool registered = gemm_bias.on(DeviceType::cuda, gemm_bias_cuda);

}  // namespace
}  // namespace adora::backends::cuda
