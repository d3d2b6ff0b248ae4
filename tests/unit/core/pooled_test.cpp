#include "../../../core/pooled.h"

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "../../catch.h"

using namespace adora;

namespace {

/// Of a size that nothing else here has.
struct Counted {
  explicit Counted(int number) : number(number) { ++alive; }
  ~Counted() { --alive; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

  static inline std::atomic<int> alive = 0;
  int number;
  std::array<double, 37> others = {};
};

}  // namespace

TEST_CASE("pooled objects are made and destroyed as others are, however many there are") {
  for (const int count : {1, 3, 10000}) {
    std::vector<std::shared_ptr<Counted>> all;
    for (int i = 0; i < count; ++i) all.push_back(make_pooled<Counted>(i));
    CHECK(Counted::alive == count);
    bool right = true;
    for (int i = 0; i < count; ++i) {
      right = right && all[static_cast<std::size_t>(i)]->number == i;
      for (const double other : all[static_cast<std::size_t>(i)]->others) right = right && other == 0;
    }
    CHECK(right);
    all.clear();
    CHECK(Counted::alive == 0);
  }
}

TEST_CASE("a pooled object may be dropped by another thread than the one that made it, which may have ended") {
  std::vector<std::shared_ptr<Counted>> here;
  for (int round = 0; round < 3; ++round) {
    std::thread maker([&] {
      for (int i = 0; i < 100; ++i) here.push_back(make_pooled<Counted>(i));
      here.resize(50);  // some are dropped by the maker
    });
    maker.join();
    CHECK(Counted::alive == 50);
    for (std::size_t i = 0; i < here.size(); ++i) CHECK(here[i]->number == static_cast<int>(i));
    here.clear();
    CHECK(Counted::alive == 0);
  }
}

TEST_CASE("what a thread's own variables hold at its end is dropped after its pool") {
  int within = 0;
  std::thread([&] {
    // Made before the pool is first used, so that it goes after it.
    static thread_local std::shared_ptr<Counted> held;
    held = nullptr;
    make_pooled<Counted>(1);
    held = make_pooled<Counted>(2);
    within = Counted::alive;
  }).join();
  CHECK(within == 1);
  CHECK(Counted::alive == 0);
}
