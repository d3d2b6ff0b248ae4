#pragma once

/// What the compiler is told of the loop that follows, in its own words; nvcc's host compiler is one of these two.
///
/// ADORA_INDEPENDENT: no turn of it depends on another's stores, so that it may be computed several turns at once.
/// ADORA_UNROLL(n): n turns are written out.
#define ADORA_PRAGMA(words) _Pragma(#words)
#ifdef __clang__
#define ADORA_INDEPENDENT ADORA_PRAGMA(clang loop vectorize(assume_safety))
#define ADORA_UNROLL(n) ADORA_PRAGMA(clang loop unroll_count(n))
#else
#define ADORA_INDEPENDENT ADORA_PRAGMA(GCC ivdep)
#define ADORA_UNROLL(n) ADORA_PRAGMA(GCC unroll n)
#endif
