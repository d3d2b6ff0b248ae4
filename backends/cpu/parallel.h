#pragma once
#include <omp.h>

#include <algorithm>
#include <cstdint>

#include "../../core/waiting_threads.h"

namespace adora::backends::cpu {

/// The largest number of parts that parallel_for divides n items into.
inline std::int64_t parts_of(std::int64_t n, std::int64_t grain) {
  return omp_in_parallel() ? 1
                           : std::max<std::int64_t>(1, std::min<std::int64_t>(omp_get_max_threads(),
                                                                              n / std::max<std::int64_t>(grain, 1)));
}

/// Calls f(begin, end) on the threads for parts of 0 … n; serially where a part would
/// have under `grain` items, or inside another parallel region. The parts depend on
/// n, grain and the number of threads alone.
template <class F> void parallel_for(std::int64_t n, std::int64_t grain, F&& f) {
  const std::int64_t threads = parts_of(n, grain);
  if (threads <= 1) {
    if (n > 0) f(std::int64_t{0}, n);
    return;
  }
  adora::detail::waiting_threads_sleep(static_cast<int>(threads));
#pragma omp parallel num_threads(static_cast <int>(threads))
  {
    std::int64_t t = omp_get_thread_num(), all = omp_get_num_threads();
    std::int64_t begin = n * t / all, end = n * (t + 1) / all;
    if (begin < end) f(begin, end);
  }
}

/// The number of the part that runs on this thread, of `parts` = parts_of(…), by which it finds its own scratch memory.
/// 0 where there is one part, which may be inside another parallel region.
inline std::int64_t this_part(std::int64_t parts) {
  return parts > 1 ? static_cast<std::int64_t>(omp_get_thread_num()) : 0;
}

/// Calls f(item, thread) for items 0 … n on up to `threads` threads, each taking the next item when it
/// is free: for items of unequal size whose results do not depend on one another. `thread` numbers
/// the scratch memory an item may use. f must not throw.
template <class F> void parallel_tasks(std::int64_t n, std::int64_t threads, F&& f) {
  threads = std::min(threads, n);
  if (threads <= 1 || omp_in_parallel()) {
    for (std::int64_t i = 0; i < n; ++i) f(i, std::int64_t{0});
    return;
  }
  adora::detail::waiting_threads_sleep(static_cast<int>(threads));
#pragma omp parallel for schedule(dynamic) num_threads(static_cast <int>(threads))
  for (std::int64_t i = 0; i < n; ++i) f(i, static_cast<std::int64_t>(omp_get_thread_num()));
}

/// The largest number of threads that parallel_tasks uses for `n` items. Each thread needs its own scratch memory.
inline std::int64_t threads_for(std::int64_t n) {
  return omp_in_parallel() ? 1 : std::max<std::int64_t>(1, std::min<std::int64_t>(omp_get_max_threads(), n));
}

}  // namespace adora::backends::cpu
