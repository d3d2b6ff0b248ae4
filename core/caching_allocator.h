#pragma once
#include <map>
#include <mutex>

#include "allocator.h"

namespace adora {

/// An allocator that keeps blocks which are given back, by size, and hands them out again. What differs between
/// devices is how the system is asked.
class CachingAllocator : public Allocator {
 public:
  void* allocate(std::size_t bytes) final;
  void release(void* data, std::size_t bytes) noexcept final;
  MemoryStats stats() const final;
  void reset_peak() final;
  void drop_cache() final;

 private:
  /// Memory from the system, or null where it has none.
  virtual void* try_system(std::size_t size) = 0;
  virtual void return_to_system(void* data) noexcept = 0;
  /// Throws `Error`: `size` bytes could not be had, even after everything cached was returned.
  virtual void fail_out_of_memory(std::size_t size, const MemoryStats& stats) = 0;

  void* take_cached(std::size_t size);
  void* ask_system(std::size_t size);
  void drop_cached_blocks();

  mutable std::mutex mutex_;
  std::multimap<std::size_t, void*> free_;
  std::map<void*, std::size_t> block_sizes_;
  MemoryStats stats_;
};

}  // namespace adora
