#include "backends/gemm.h"

#include <dlfcn.h>
#include <omp.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <limits>

#include "../../numeric.h"
#include "backends/cpu/openblas_setup.h"
#include "but_elementwise.h"

using namespace adora;

namespace {

/// alpha·a·b + beta·out by plain loops, for tensors of the same batch shape.
std::vector<double> plain_gemm(const Tensor& a, const Tensor& b, const Tensor& out, double alpha, double beta) {
  std::vector<double> pa = to_vector<double>(a), pb = to_vector<double>(b), po = to_vector<double>(out);
  std::int64_t m = a.size(-2), k = a.size(-1), n = b.size(-1), batch = m > 0 && n > 0 ? out.numel() / (m * n) : 0;
  for (std::int64_t s = 0; s < batch; ++s) {
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        double sum = 0;
        for (std::int64_t p = 0; p < k; ++p) {
          sum += pa[static_cast<std::size_t>((s * m + i) * k + p)] * pb[static_cast<std::size_t>((s * k + p) * n + j)];
        }
        double& y = po[static_cast<std::size_t>((s * m + i) * n + j)];
        y = alpha * sum + (beta == 0 ? 0 : beta * y);
      }
    }
  }
  return po;
}

void check_gemm(const Tensor& a, const Tensor& b, const Tensor& out, double alpha, double beta, double tolerance) {
  INFO(fmt::format("{} times {} into {}, alpha {}, beta {}", describe(a), describe(b), describe(out), alpha, beta));
  std::vector<double> expected = plain_gemm(a, b, out, alpha, beta);
  backends::gemm(a, b, out, alpha, beta);
  CHECK(close(to_vector<double>(out), expected, tolerance));
}

Tensor random(const Shape& shape, DType dtype = float64) {
  static Generator generator(5);
  return uniform(shape, -1, 1, generator, dtype);
}

}  // namespace

TEST_CASE("gemm agrees with plain loops for every dtype, alpha and beta") {
  for (auto [dtype, tolerance] : {std::pair{float64, 1e-14}, {float32, 1e-5}, {bfloat16, 1e-2}, {float16, 2e-3}}) {
    for (double alpha : {1.0, -0.5, 0.0}) {
      for (double beta : {0.0, 1.0, -2.0}) {
        check_gemm(random({7, 13}, dtype), random({13, 9}, dtype), random({7, 9}, dtype), alpha, beta, tolerance);
      }
    }
  }
}

TEST_CASE("gemm reads transposed, sliced and stepped matrices and writes strided ones") {
  Tensor a = random({5, 8}), b = random({8, 6});
  check_gemm(transpose(random({8, 5})), b, random({5, 6}), 1, 0, 1e-14);
  check_gemm(a, transpose(random({6, 8})), random({5, 6}), 1, 1, 1e-14);
  check_gemm(transpose(random({8, 5})), transpose(random({6, 8})), random({5, 6}), 1, 0, 1e-14);
  check_gemm(slice(random({9, 20}), 1, 3, 11), slice(random({8, 13}), 1, 2, 8), random({9, 6}), 2, 0, 1e-14);
  check_gemm(slice(random({5, 16}), 1, 0, 16, 2), slice(random({24, 6}), 0, 0, 24, 3), random({5, 6}), 1, 0, 1e-14);
  check_gemm(a, b, transpose(random({6, 5})), 1, 1, 1e-14);
  check_gemm(a, b, slice(random({5, 12}), 1, 0, 12, 2), 1, 0.5, 1e-14);
  check_gemm(select(random({5, 8, 3}), 2, 1), b, random({5, 6}), 1, 0, 1e-14);
}

TEST_CASE("gemm multiplies batches, few and many, large and small, stretched and transposed") {
  check_gemm(random({3, 4, 5}), random({3, 5, 6}), random({3, 4, 6}), 1, 0, 1e-14);
  check_gemm(random({300, 4, 5}), random({300, 5, 6}), random({300, 4, 6}), 1, 1, 1e-14);
  check_gemm(random({2, 3, 4, 5}), broadcast_to(random({2, 1, 5, 6}), {2, 3, 5, 6}), random({2, 3, 4, 6}), 1, 0, 1e-14);
  check_gemm(broadcast_to(random({4, 5}), {7, 4, 5}), transpose(random({7, 6, 5})), random({7, 4, 6}), 1, 0, 1e-14);
  check_gemm(permute(random({4, 7, 5}), {1, 0, 2}), random({7, 5, 6}), permute(random({4, 7, 6}), {1, 0, 2}), 1, 1,
             1e-14);
  check_gemm(random({3, 150, 150}), random({3, 150, 150}), random({3, 150, 150}), 1, 0, 1e-13);
}

TEST_CASE("gemm takes sizes of nothing, of one, and long thin matrices") {
  check_gemm(random({3, 0}), random({0, 4}), random({3, 4}), 1, 0.5, 1e-14);
  check_gemm(random({0, 3}), random({3, 4}), random({0, 4}), 1, 0, 1e-14);
  check_gemm(random({2, 3, 0}), random({2, 0, 4}), random({2, 3, 4}), 1, 0, 1e-14);
  check_gemm(random({1, 1}), random({1, 1}), random({1, 1}), 3, 2, 1e-14);
  check_gemm(random({1, 7000}), random({7000, 1}), random({1, 1}), 1, 0, 1e-12);
  check_gemm(random({3000, 2}), random({2, 3}), random({3000, 3}), 1, 0, 1e-14);
  check_gemm(random({2, 3}), random({3, 3000}), random({2, 3000}), 1, 1, 1e-14);
}

TEST_CASE("with beta 0 gemm ignores what the result held") {
  double nan = std::numeric_limits<double>::quiet_NaN();
  for (DType dtype : {float64, float32, bfloat16}) {
    for (std::int64_t k : {0, 5}) {
      for (std::int64_t size : {3, 200}) {
        Tensor a = random({size, k}, dtype), b = random({k, size}, dtype), out = full({size, size}, nan, dtype);
        check_gemm(a, b, out, 1, 0, dtype == bfloat16 ? 1e-2 : 1e-5);
        check_gemm(a, b, transpose(full({size, size}, nan, dtype)), 1, 0, dtype == bfloat16 ? 1e-2 : 1e-5);
      }
    }
  }
}

TEST_CASE("a NaN in a factor shows in its row of the product") {
  Tensor a = random({4, 5}), b = random({5, 6}), out = zeros({4, 6}, float64);
  fill_(slice(slice(a, 0, 2, 3), 1, 0, 1), std::numeric_limits<double>::quiet_NaN());
  backends::gemm(a, b, out, 1, 0);
  std::vector<double> y = to_vector<double>(out);
  for (std::size_t i = 0; i < y.size(); ++i) CHECK(std::isnan(y[i]) == (i / 6 == 2));
}

TEST_CASE("products are the same bits each time for one number of threads") {
  Tensor a = random({200, 300}, float32), b = random({300, 100}, float32);
  int before = num_threads();
  for (int threads : {1, 2}) {
    set_num_threads(threads);
    CHECK(num_threads() == threads);
    CHECK(to_vector<float>(matmul(a, b)) == to_vector<float>(matmul(a, b)));
  }
  set_num_threads(before);
  CHECK_THROWS_WITH(set_num_threads(0), ContainsSubstring("between 1 and"));
}

TEST_CASE("OpenBLAS runs kernels for AVX-512 where the processor has it, unless the user chose others", "[cpu]") {
  std::string core = backends::cpu::blas_core_type();
  INFO(core);
  if (const char* chosen = std::getenv("OPENBLAS_CORETYPE")) {
    CHECK(core == chosen);
    return;
  }
#ifdef __AVX512F__
  CHECK((core == "SkylakeX" || core == "Cooperlake" || core == "SapphireRapids"));
#endif
}

TEST_CASE("the memory that OpenBLAS packs operands into is touched from the first product on, for every thread",
          "[cpu]") {
  auto* allocate = reinterpret_cast<void* (*)(int)>(dlsym(RTLD_DEFAULT, "blas_memory_alloc"));
  auto* release = reinterpret_cast<void (*)(void*)>(dlsym(RTLD_DEFAULT, "blas_memory_free"));
  if (!allocate || !release) return;  // not every build of OpenBLAS shows them
  matmul(random({2, 2}, float32), random({2, 2}, float32));
  std::vector<void*> buffers;
  const int count = std::min({num_threads(), omp_get_num_procs(), 64});
  for (int thread = 0; thread < count; ++thread) buffers.push_back(allocate(0));
  for (void* buffer : buffers) {
    std::vector<unsigned char> present((2 << 20) / 4096);
    REQUIRE(mincore(buffer, 2 << 20, present.data()) == 0);
    CHECK(std::count_if(present.begin(), present.end(), [](unsigned char page) { return page & 1; }) ==
          static_cast<std::ptrdiff_t>(present.size()));
    release(buffer);
  }
}

TEST_CASE("the tests of matrix products hold with every kind of OpenBLAS's kernels that the processor has", "[cpu]") {
  std::vector<std::string> kinds;
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) kinds.push_back("Haswell");
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl")) {
    kinds.push_back("SkylakeX");
  }
#endif
  // This program again: OpenBLAS picks its kernels while it is loaded. The last test above sees to it that it did.
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  for (const std::string& kind : kinds) {
    INFO(kind);
    CHECK(std::system(("OPENBLAS_CORETYPE=" + kind + " '" + program +
                       "' 'gemm *,products are *,linear *,OpenBLAS runs kernels*,the gradients of fused DoRA*,"
                       "logits of a small Llama*' >&2")
                          .c_str()) == 0);
  }
}
