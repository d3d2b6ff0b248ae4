#pragma once

namespace adora::backends::cpu {

/// The processor OpenBLAS runs its kernels for, such as "SkylakeX". Where the machine has AVX-512 and
/// OpenBLAS took older kernels, the library has set this right while it was loaded; the variable
/// OPENBLAS_CORETYPE, if the user set it, stands.
const char* blas_core_type();

}  // namespace adora::backends::cpu
