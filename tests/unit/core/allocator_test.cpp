#include "../../catch.h"
#include "but_elementwise.h"

using namespace adora;

TEST_CASE("bytes of tensors are counted while they live, and the most there were at once") {
  reset_peak_memory();
  MemoryStats before = memory_stats();
  {
    Tensor a = empty({1000}, float64);
    CHECK(memory_stats().current - before.current >= 8000);
    CHECK(memory_stats().current - before.current <= 8000 + 8000 / 7);
    { Tensor b = empty({500}, float64); }
  }
  CHECK(memory_stats().current == before.current);
  CHECK(memory_stats().peak - before.current >= 12000);
  reset_peak_memory();
  CHECK(memory_stats().peak == before.current);
}

TEST_CASE("a block that was given back is used again: a loop asks the system for nothing") {
  allocator(default_device()).drop_cache();  // another block of this size would take turns with the first
  { Tensor warm = empty({3, 1237}); }
  std::uint64_t asked = memory_stats().system_allocations;
  void* first = nullptr;
  for (int i = 0; i < 100; ++i) {
    Tensor x = empty({3, 1237});
    if (!first) first = x.raw();
    CHECK(x.raw() == first);
  }
  CHECK(memory_stats().system_allocations == asked);
}

TEST_CASE("memory is aligned for vectors, and tensors that live together do not share it", "[cpu]") {
  std::vector<Tensor> tensors;
  for (std::int64_t n = 1; n < 3000; n = n * 3 / 2 + 1) tensors.push_back(empty({n}, uint8));
  for (const Tensor& x : tensors) {
    CHECK(reinterpret_cast<std::uintptr_t>(x.raw()) % 64 == 0);
    std::fill_n(x.data<std::uint8_t>(), x.numel(), static_cast<std::uint8_t>(x.numel() % 251));
  }
  for (const Tensor& x : tensors) {
    std::int64_t wrong = 0;
    for (std::int64_t i = 0; i < x.numel(); ++i) wrong += x.data<std::uint8_t>()[i] != x.numel() % 251;
    CHECK(wrong == 0);
  }
}

TEST_CASE("dropping the cache gives every block back that no tensor holds") {
  Tensor held = full({100}, 3);
  { Tensor gone = empty({5000}); }
  CHECK(memory_stats().cached >= 20000);
  allocator(default_device()).drop_cache();
  CHECK(memory_stats().cached == 0);
  CHECK(to_vector<double>(held) == std::vector<double>(100, 3));
}

TEST_CASE("an empty tensor has no memory and an impossible one is refused") {
  MemoryStats before = memory_stats();
  Tensor none = empty({0, 5});
  CHECK(none.numel() == 0);
  CHECK(memory_stats().current == before.current);
  CHECK_THROWS_AS(empty({std::int64_t{1} << 59}), Error);
  CHECK_THROWS_AS(empty({std::int64_t{1} << 40, std::int64_t{1} << 40}), Error);
}

TEST_CASE("more than the machine has is an error that says how much was asked for") {
  CHECK_THROWS_WITH(empty({std::int64_t{1} << 52}), ContainsSubstring("out of memory"));
  CHECK(to_vector<double>(ones({2})) == std::vector<double>{1, 1});
}

TEST_CASE("tensors on the shape-only device take no memory, however large") {
  MemoryStats before = memory_stats();
  Tensor weight = empty({1 << 20, 1 << 20}, float32, meta);
  Tensor y = matmul(weight, transpose(weight));
  CHECK(y.shape() == Shape{1 << 20, 1 << 20});
  CHECK(memory_stats().current == before.current);
  CHECK(memory_stats(meta).current == 0);
}

TEST_CASE("a device without a backend is an error that names it") {
  if (cuda::device_count() == 0) CHECK_THROWS_WITH(empty({2}, float32, cuda_device), ContainsSubstring("cuda:0"));
}
