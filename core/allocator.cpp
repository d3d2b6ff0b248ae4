#include "allocator.h"

#include <sys/mman.h>

#include <cstdlib>

#include "caching_allocator.h"
#include "error.h"

namespace adora {
namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;

class CpuAllocator final : public CachingAllocator {
 private:
  void* try_system(std::size_t size) override {
    bool huge = size >= 2 * huge_page;
    void* data =
        std::aligned_alloc(huge ? huge_page : 64, huge ? (size + huge_page - 1) / huge_page * huge_page : size);
    if (data && huge) madvise(data, size, MADV_HUGEPAGE);
    return data;
  }
  void return_to_system(void* data) noexcept override { std::free(data); }
  void fail_out_of_memory(std::size_t size, const MemoryStats& stats) override {
    fail("out of memory on the CPU: {} bytes were asked for while tensors hold {}", size, stats.current);
  }
};

/// Hands out no memory at all: tensors on `meta` have only a shape.
class MetaAllocator final : public Allocator {
 public:
  void* allocate(std::size_t) override { return nullptr; }
  void release(void*, std::size_t) noexcept override {}
  MemoryStats stats() const override { return {}; }
  void reset_peak() override {}
  void drop_cache() override {}
};

Allocator*& slot(DeviceType type) {
  // Never destroyed: tensors with static lifetime may outlive everything here.
  static Allocator* slots[device_types] = {new CpuAllocator, nullptr, new MetaAllocator};
  return slots[static_cast<int>(type)];
}

}  // namespace

Allocator& allocator(Device device) {
  Allocator* found = slot(device.type);
  check(found != nullptr, "there is no device {}: this build has no backend for it, or no such device is present",
        device);
  return *found;
}

void set_allocator(DeviceType type, Allocator* allocator) { slot(type) = allocator; }

MemoryStats memory_stats(Device device) { return allocator(device).stats(); }
void reset_peak_memory(Device device) { allocator(device).reset_peak(); }

}  // namespace adora
