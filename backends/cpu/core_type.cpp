#include "core_type.h"

#include <dlfcn.h>

#include <cstdlib>
#include <string_view>

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

}  // namespace

const char* blas_core_type() {
  auto* name = exported<char*()>("openblas_get_corename");
  return name ? name() : "unknown";
}

}  // namespace adora::backends::cpu
