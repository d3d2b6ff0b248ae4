#include "waiting_threads.h"

#include <dlfcn.h>
#include <omp.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace adora::detail {
namespace {

std::mutex mutex;

/// The thread whose region's threads sleep.
struct Sleeper {
  std::condition_variable changed;
  int wanted = 0, there = 0;

  [[noreturn]] void run() {
    std::unique_lock lock(mutex);
    for (;;) {
      changed.wait(lock, [&] { return wanted != there; });
      const int count = wanted;
      lock.unlock();
      std::atomic<int> met = 0;
      // That it does something keeps the compiler from leaving it out.
#pragma omp parallel num_threads(count)
      met.fetch_add(1, std::memory_order_relaxed);
      lock.lock();
      there = count;
      changed.notify_all();
    }
  }
};

/// LLVM's runtime sleeps by a rule of its own.
bool is_gcc_runtime() { return dlsym(RTLD_DEFAULT, "kmp_set_blocktime") == nullptr; }

bool user_has_chosen() { return std::getenv("OMP_WAIT_POLICY") || std::getenv("GOMP_SPINCOUNT"); }

/// Whether the system lets there be so many threads more; where it does not, the runtime would end the program.
bool can_make(int threads) {
  std::vector<std::thread> made;
  std::mutex hold;
  bool all = true;
  {
    const std::lock_guard lock(hold);
    try {
      for (int i = 0; i < threads; ++i) made.emplace_back([&] { const std::lock_guard wait(hold); });
    } catch (const std::system_error&) {
      all = false;
    }
  }
  for (std::thread& thread : made) thread.join();
  return all;
}

}  // namespace

void have_waiting_threads_sleep(int threads) {
  static const bool wanted = is_gcc_runtime() && !user_has_chosen();
  std::unique_lock lock(mutex);
  if (threads <= threads_that_sleep.load(std::memory_order_relaxed)) return;
  // Never destroyed, as its thread never ends.
  static Sleeper* sleeper = nullptr;
  const int count = std::min(threads, omp_get_num_procs());
  if (wanted && count > (sleeper ? sleeper->there : 1) && can_make(count + 1)) {
    try {
      if (!sleeper) {
        auto made = std::make_unique<Sleeper>();
        std::thread(&Sleeper::run, made.get()).detach();
        sleeper = made.release();
      }
      sleeper->wanted = count;
      sleeper->changed.notify_all();
      sleeper->changed.wait(lock, [&] { return sleeper->there == sleeper->wanted; });
    } catch (const std::system_error&) {
      // Then threads wait as they did.
    }
  }
  threads_that_sleep.store(threads, std::memory_order_relaxed);
}

}  // namespace adora::detail
