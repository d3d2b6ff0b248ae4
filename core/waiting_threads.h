#pragma once
// Not in adora.h: the library's own.
#include <atomic>

namespace adora::detail {

inline std::atomic<int> threads_that_sleep{1};
void have_waiting_threads_sleep(int threads);

/// To be called before a parallel region of so many threads; costs nothing but the first time.
///
/// A thread that waits in GCC's OpenMP for the others of its region, or for the next region, looks for some
/// milliseconds whether it may go on before it sleeps. On an idle machine that is fastest; where another program runs
/// it keeps the very thread that it waits for from the processor, and a region of some microseconds takes as long as
/// the system's time slices: training was measured 2 to 100 times as slow as on one thread. OMP_WAIT_POLICY=passive
/// mends that, but is read before the library is loaded. The runtime itself looks for a few microseconds only where it
/// has more threads than there are processors; so it is given some more, in a region of a thread that never runs again,
/// all of which sleep. Not done where OMP_WAIT_POLICY or GOMP_SPINCOUNT says what the user wants.
inline void waiting_threads_sleep(int threads) {
  if (threads > threads_that_sleep.load(std::memory_order_relaxed)) have_waiting_threads_sleep(threads);
}

}  // namespace adora::detail
