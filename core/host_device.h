#pragma once
// Not in adora.h: the library's own.

/// Marks a function that both the CPU's compiler and nvcc compile, so that a
/// formula of one number is written once for both devices.
#ifdef __CUDACC__
#define ADORA_HD __host__ __device__
#else
#define ADORA_HD
#endif
