#pragma once

/// Pragmas for the loop that follows, as clang and GCC spell them; nvcc's host compiler is one of these two.
///
/// ADORA_INDEPENDENT: no iteration depends on another's stores, so that the loop can be vectorized.
/// ADORA_UNROLL(n): the loop is unrolled n times.
#define ADORA_PRAGMA(words) _Pragma(#words)
#ifdef __clang__
#define ADORA_INDEPENDENT ADORA_PRAGMA(clang loop vectorize(assume_safety))
#define ADORA_UNROLL(n) ADORA_PRAGMA(clang loop unroll_count(n))
#else
#define ADORA_INDEPENDENT ADORA_PRAGMA(GCC ivdep)
#define ADORA_UNROLL(n) ADORA_PRAGMA(GCC unroll n)
#endif
