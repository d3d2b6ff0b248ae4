#include "caching_allocator.h"

#include <algorithm>
#include <bit>

#include "cuda.h"
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

/// The pool that this thread allocates from, and whose it is.
thread_local struct {
  const CachingAllocator* allocator = nullptr;
  int pool = 0;
} in_use;

/// The address of tensors without elements. Adding an offset to a null pointer would be undefined, to this one it is
/// not.
alignas(64) std::byte nothing[64];

}  // namespace

void* CachingAllocator::allocate(std::size_t bytes) {
  if (bytes == 0) return nothing;
  check(bytes < (std::size_t{1} << 62), "cannot allocate {} bytes", bytes);
  std::size_t size = rounded(bytes);
  std::lock_guard lock(mutex_);
  const int pool = in_use.allocator == this ? in_use.pool : 0;
  void* data = take_cached(free_[pool], size);
  if (!data && pool != 0) data = take_cached(free_[0], size);
  if (!data) {
    data = ask_system(size);
    blocks_[data].size = size;
  }
  Block& block = blocks_.at(data);
  block.pool = pool;
  stats_.current += block.size;
  stats_.peak = std::max(stats_.peak, stats_.current);
  return data;
}

void CachingAllocator::release(void* data, std::size_t) noexcept {
  if (data == nothing) return;
  std::lock_guard lock(mutex_);
  const Block block = blocks_.find(data)->second;
  stats_.current -= block.size;
  stats_.cached += block.size;
  // A graph that is being recorded reads the block whenever it is replayed: nobody gets it while its pool is open.
  const bool noted = in_use.allocator == this && in_use.pool != block.pool && cuda::recording();
  (noted ? held_[in_use.pool] : free_[block.pool]).emplace(block.size, data);
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

int CachingAllocator::open_pool() {
  std::lock_guard lock(mutex_);
  free_[++pools_] = {};
  return pools_;
}

void CachingAllocator::use_pool(int pool) { in_use = {this, pool}; }

void CachingAllocator::close_pool(int pool) {
  std::lock_guard lock(mutex_);
  free_[0].merge(free_[pool]), free_[0].merge(held_[pool]);
  free_.erase(pool), held_.erase(pool);
  for (auto& [data, block] : blocks_)
    if (block.pool == pool) block.pool = 0;
}

/// The smallest free block that fits without wasting more than a quarter.
void* CachingAllocator::take_cached(FreeBlocks& from, std::size_t size) {
  auto it = from.lower_bound(size);
  if (it == from.end() || it->first > size + size / 4) return nullptr;
  void* data = it->second;
  stats_.cached -= it->first;
  from.erase(it);
  return data;
}

void* CachingAllocator::ask_system(std::size_t size) {
  ++stats_.system_allocations;
  // Where more is cached than is in use the sizes have changed (batches of
  // another length): the old blocks would only add up.
  std::size_t droppable = 0;
  for (const auto& [free_size, data] : free_[0]) droppable += free_size;
  if (in_use.pool == 0 && droppable > std::max(stats_.current, std::size_t{256} << 20)) drop_cached_blocks();
  void* data = try_system(size);
  if (!data) {
    drop_cached_blocks();
    data = try_system(size);
  }
  if (!data) fail_out_of_memory(size, stats_);
  return data;
}

/// All but those of pools.
void CachingAllocator::drop_cached_blocks() {
  for (auto [size, data] : free_[0]) {
    blocks_.erase(data);
    stats_.cached -= size;
    return_to_system(data);
  }
  free_[0].clear();
}

}  // namespace adora
