#include "../../../core/waiting_threads.h"

#include <thread>
#include <vector>

#include "../../catch.h"
#include "but_elementwise.h"

using namespace adora;

TEST_CASE("that waiting threads sleep is asked for once, from any thread, and computations go on", "[cpu]") {
  const int before = num_threads();
  std::vector<std::thread> asking;
  for (int i = 0; i < 4; ++i) asking.emplace_back([i] { detail::waiting_threads_sleep(2 + i % 2); });
  for (std::thread& one : asking) one.join();
  CHECK(detail::threads_that_sleep >= 3);
  for (const int threads : {1, 2, 3, 2}) {
    set_num_threads(threads);
    CHECK(item(sum(ones({1000, 1000}))) == 1e6);
  }
  set_num_threads(before);
}
