#include "allocator.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <map>
#include <mutex>

#include "error.h"

namespace adora {
namespace {

/// Sizes are rounded up to steps of an eighth of their power of two, so that
/// tensors of nearly the same size share blocks and at most 12.5 % is wasted.
std::size_t rounded(std::size_t bytes) {
  if (bytes <= 512) return (bytes + 63) / 64 * 64;
  std::size_t step = std::bit_floor(bytes - 1) / 8;
  return (bytes + step - 1) / step * step;
}

constexpr std::size_t huge_page = std::size_t{2} << 20;

class CpuAllocator final : public Allocator {
 public:
  void* allocate(std::size_t bytes) override {
    if (bytes == 0) return nullptr;
    check(bytes < (std::size_t{1} << 62), "cannot allocate {} bytes on the CPU", bytes);
    std::size_t size = rounded(bytes);
    std::lock_guard lock(mutex_);
    void* data = take_cached(size);
    if (!data) {
      data = ask_system(size);
      block_sizes_[data] = size;
    }
    stats_.current += block_sizes_.at(data);
    stats_.peak = std::max(stats_.peak, stats_.current);
    return data;
  }

  void release(void* data, std::size_t) noexcept override {
    if (!data) return;
    std::lock_guard lock(mutex_);
    std::size_t size = block_sizes_.find(data)->second;
    stats_.current -= size;
    stats_.cached += size;
    free_.emplace(size, data);
  }

  MemoryStats stats() const override {
    std::lock_guard lock(mutex_);
    return stats_;
  }

  void reset_peak() override {
    std::lock_guard lock(mutex_);
    stats_.peak = stats_.current;
  }

  void drop_cache() override {
    std::lock_guard lock(mutex_);
    drop_cached_blocks();
  }

 private:
  /// The smallest free block that fits without wasting more than a quarter.
  void* take_cached(std::size_t size) {
    auto it = free_.lower_bound(size);
    if (it == free_.end() || it->first > size + size / 4) return nullptr;
    void* data = it->second;
    stats_.cached -= it->first;
    free_.erase(it);
    return data;
  }

  void* ask_system(std::size_t size) {
    ++stats_.system_allocations;
    // Where more is cached than is in use the sizes have changed (batches of
    // another length): the old blocks would only add up.
    if (stats_.cached > std::max(stats_.current, std::size_t{256} << 20)) drop_cached_blocks();
    void* data = try_system(size);
    if (!data) {
      drop_cached_blocks();
      data = try_system(size);
    }
    check(data != nullptr, "out of memory on the CPU: {} bytes were asked for while tensors hold {}", size,
          stats_.current);
    return data;
  }

  static void* try_system(std::size_t size) {
    bool huge = size >= 2 * huge_page;
    void* data =
        std::aligned_alloc(huge ? huge_page : 64, huge ? (size + huge_page - 1) / huge_page * huge_page : size);
    if (data && huge) madvise(data, size, MADV_HUGEPAGE);
    return data;
  }

  void drop_cached_blocks() {
    for (auto [size, data] : free_) {
      block_sizes_.erase(data);
      std::free(data);
    }
    free_.clear();
    stats_.cached = 0;
  }

  mutable std::mutex mutex_;
  std::multimap<std::size_t, void*> free_;
  std::map<void*, std::size_t> block_sizes_;
  MemoryStats stats_;
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
        to_string(device));
  return *found;
}

void set_allocator(DeviceType type, Allocator* allocator) { slot(type) = allocator; }

MemoryStats memory_stats(Device device) { return allocator(device).stats(); }
void reset_peak_memory(Device device) { allocator(device).reset_peak(); }

}  // namespace adora
