#include "caching_allocator.h"

#include <algorithm>
#include <bit>

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

}  // namespace

void* CachingAllocator::allocate(std::size_t bytes) {
  if (bytes == 0) return nullptr;
  check(bytes < (std::size_t{1} << 62), "cannot allocate {} bytes", bytes);
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

void CachingAllocator::release(void* data, std::size_t) noexcept {
  if (!data) return;
  std::lock_guard lock(mutex_);
  std::size_t size = block_sizes_.find(data)->second;
  stats_.current -= size;
  stats_.cached += size;
  free_.emplace(size, data);
}

MemoryStats CachingAllocator::stats() const {
  std::lock_guard lock(mutex_);
  return stats_;
}

void CachingAllocator::reset_peak() {
  std::lock_guard lock(mutex_);
  stats_.peak = stats_.current;
}

void CachingAllocator::drop_cache() {
  std::lock_guard lock(mutex_);
  drop_cached_blocks();
}

/// The smallest free block that fits without wasting more than a quarter.
void* CachingAllocator::take_cached(std::size_t size) {
  auto it = free_.lower_bound(size);
  if (it == free_.end() || it->first > size + size / 4) return nullptr;
  void* data = it->second;
  stats_.cached -= it->first;
  free_.erase(it);
  return data;
}

void* CachingAllocator::ask_system(std::size_t size) {
  ++stats_.system_allocations;
  // Where more is cached than is in use the sizes have changed (batches of
  // another length): the old blocks would only add up.
  if (stats_.cached > std::max(stats_.current, std::size_t{256} << 20)) drop_cached_blocks();
  void* data = try_system(size);
  if (!data) {
    drop_cached_blocks();
    data = try_system(size);
  }
  if (!data) fail_out_of_memory(size, stats_);
  return data;
}

void CachingAllocator::drop_cached_blocks() {
  for (auto [size, data] : free_) {
    block_sizes_.erase(data);
    return_to_system(data);
  }
  free_.clear();
  stats_.cached = 0;
}

}  // namespace adora
