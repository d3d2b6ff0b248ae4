#pragma once

namespace adora::backends::cpu {

/// The processor OpenBLAS runs its kernels for, such as "SkylakeX". Where the machine has AVX-512 and
/// OpenBLAS took older kernels, the library has set this right while it was loaded; the variable
/// OPENBLAS_CORETYPE, if the user set it, stands.
const char* blas_core_type();

/// Touches the memory that OpenBLAS packs operands into, for as many products at once as there are threads and
/// processors for, unless that was done: to be called before every product; costs a comparison then. Its kernels fetch
/// ahead of the part that they packed. Where nobody has touched those pages yet every such fetch searches the page
/// tables for nothing, and products whose packed operands are small never get to touch them: 4096 × 256 by 256 × 256
/// ran at 12 instead of 43 GFLOP/s on the first kind of AMD's Zen until some larger product came along.
void touch_pack_buffers();

}  // namespace adora::backends::cpu
