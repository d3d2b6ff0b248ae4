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

/// Rounded sizes in their order: 64, 128, … 512 are 1 to 8, and each power of two has eight above it.
std::size_t class_of(std::size_t size) {
  if (size <= 512) return size / 64;
  const std::size_t power = std::bit_floor(size - 1);
  return static_cast<std::size_t>(std::countr_zero(power) - 9) * 8 + 8 + (size - power) / (power / 8);
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

void CachingAllocator::FreeBlocks::put(Block& block) {
  const std::size_t number = class_of(block.size);
  if (number >= of_class_.size()) of_class_.resize(number + 1);
  of_class_[number].push_back(&block);
  bytes_ += block.size;
}

CachingAllocator::Block* CachingAllocator::FreeBlocks::take(std::size_t size) {
  for (std::size_t number = class_of(size); number < of_class_.size(); ++number) {
    std::vector<Block*>& blocks = of_class_[number];
    if (blocks.empty()) continue;
    Block* const block = blocks.back();
    if (block->size > size + size / 4) break;
    blocks.pop_back();
    bytes_ -= block->size;
    return block;
  }
  return nullptr;
}

template <class F> void CachingAllocator::FreeBlocks::drain(F&& f) {
  for (std::vector<Block*>& blocks : of_class_) {
    for (Block* const block : blocks) f(*block);
    blocks.clear();
  }
  bytes_ = 0;
}

void* CachingAllocator::allocate(std::size_t bytes) {
  if (bytes == 0) return nothing;
  check(bytes < (std::size_t{1} << 62), "cannot allocate {} bytes", bytes);
  std::size_t size = rounded(bytes);
  std::lock_guard lock(mutex_);
  const int pool = in_use.allocator == this ? in_use.pool : 0;
  Block* block = take_cached(free_[pool], size);
  if (!block && pool != 0) block = take_cached(free_[0], size);
  if (!block) block = ask_system(size);
  block->pool = pool;
  stats_.current += block->size;
  stats_.peak = std::max(stats_.peak, stats_.current);
  return block->data;
}

void CachingAllocator::release(void* data, std::size_t) noexcept {
  if (data == nothing) return;
  std::lock_guard lock(mutex_);
  Block& block = blocks_.find(data)->second;
  stats_.current -= block.size;
  stats_.cached += block.size;
  // A graph that is being recorded reads the block whenever it is replayed: nobody gets it while its pool is open.
  const bool noted = in_use.allocator == this && in_use.pool != block.pool && cuda::recording();
  (noted ? held_[in_use.pool] : free_[block.pool]).put(block);
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
  for (FreeBlocks* from : {&free_[pool], &held_[pool]}) from->drain([&](Block& block) { free_[0].put(block); });
  free_.erase(pool), held_.erase(pool);
  for (auto& [data, block] : blocks_)
    if (block.pool == pool) block.pool = 0;
}

CachingAllocator::Block* CachingAllocator::take_cached(FreeBlocks& from, std::size_t size) {
  Block* const block = from.take(size);
  if (block) stats_.cached -= block->size;
  return block;
}

CachingAllocator::Block* CachingAllocator::ask_system(std::size_t size) {
  ++stats_.system_allocations;
  // Where more is cached than is in use the sizes have changed (batches of
  // another length): the old blocks would only add up.
  if (in_use.pool == 0 && free_[0].bytes() > std::max(stats_.current, std::size_t{256} << 20)) drop_cached_blocks();
  void* data = try_system(size);
  if (!data) {
    drop_cached_blocks();
    data = try_system(size);
  }
  if (!data) fail_out_of_memory(size, stats_);
  return &(blocks_[data] = {data, size, 0});
}

/// All but those of pools.
void CachingAllocator::drop_cached_blocks() {
  free_[0].drain([&](const Block& block) {
    stats_.cached -= block.size;
    void* const data = block.data;
    return_to_system(data);
    blocks_.erase(data);
  });
}

}  // namespace adora
