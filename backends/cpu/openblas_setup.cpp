#include "openblas_setup.h"

#include <dlfcn.h>
#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <vector>

namespace adora::backends::cpu {
namespace {

template <class F> F* exported(const char* name) { return reinterpret_cast<F*>(dlsym(RTLD_DEFAULT, name)); }

bool has_avx512() {
#if defined(__x86_64__) && defined(__GNUC__)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
#else
  return false;
#endif
}

bool made_for_avx512(std::string_view core) {
  return core == "SkylakeX" || core == "Cooperlake" || core == "SapphireRapids";
}

/// OpenBLAS picks its kernels by the processor's family number and takes AVX2 ones for
/// families it does not know, at half the speed where there is AVX-512. Done while the library is
/// loaded, before the first product and before there are threads that could read the environment.
bool choose_core_type() {
  constexpr const char* variable = "OPENBLAS_CORETYPE";
  if (std::getenv(variable) || !has_avx512() || made_for_avx512(blas_core_type())) return false;
  auto* quit = exported<void()>("gotoblas_dynamic_quit");
  auto* init = exported<void()>("gotoblas_dynamic_init");
  if (!quit || !init) return false;  // built for one kind of processor only
  setenv(variable, "SkylakeX", 0);
  quit();
  init();
  unsetenv(variable);
  return true;
}

[[maybe_unused]] const bool chosen = choose_core_type();

constexpr std::size_t touched_bytes = 2 << 20;  // the blocks that the kernels pack have at most 1 MiB
constexpr std::size_t page_bytes = 4096;
constexpr int most_buffers = 64;  ///< OpenBLAS has two for each thread that it was built for, 64 in Debian's packages

/// OpenBLAS hands its buffers out anew for each product, the same ones first: to touch those that `count` products at
/// once get, they are all held together.
void touch_buffers(int count) {
  auto* allocate = exported<void*(int)>("blas_memory_alloc");
  auto* release = exported<void(void*)>("blas_memory_free");
  if (!allocate || !release) return;
  std::vector<void*> buffers;
  for (int i = 0; i < count; ++i) {
    void* buffer = allocate(0);
    if (!buffer) break;
    buffers.push_back(buffer);
    for (std::size_t at = 0; at < touched_bytes; at += page_bytes) static_cast<volatile char*>(buffer)[at] = 0;
  }
  for (void* buffer : buffers) release(buffer);
}

}  // namespace

void touch_pack_buffers() {
  static std::atomic<int> touched{0};
  const int count = omp_get_max_threads();
  if (count <= touched.load(std::memory_order_acquire)) return;
  static std::mutex mutex;
  std::lock_guard lock(mutex);
  if (count <= touched.load(std::memory_order_relaxed)) return;
  touch_buffers(std::min({count, omp_get_num_procs(), most_buffers}));
  touched.store(count, std::memory_order_release);
}

const char* blas_core_type() {
  auto* name = exported<char*()>("openblas_get_corename");
  return name ? name() : "unknown";
}

}  // namespace adora::backends::cpu
