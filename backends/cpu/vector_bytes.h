#pragma once

namespace adora::backends::cpu {

/// The size of the vector registers of the processor that the library is built for, in bytes.
#if defined(__AVX512F__)
inline constexpr int vector_bytes = 64;
#elif defined(__AVX__)
inline constexpr int vector_bytes = 32;
#else
inline constexpr int vector_bytes = 16;
#endif

}  // namespace adora::backends::cpu
