#pragma once
// Not in adora.h: the library's own.
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

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
  int open_pool() final;
  void use_pool(int pool) final;
  void close_pool(int pool) final;

 private:
  struct Block {
    void* data;
    std::size_t size;
    int pool;
  };
  /// Blocks by the class of their size, the last given back first.
  class FreeBlocks {
   public:
    void put(Block& block);
    /// The smallest that fits without wasting more than a quarter; null where there is none.
    Block* take(std::size_t size);
    std::size_t bytes() const { return bytes_; }
    /// Calls f(block) for each and forgets them.
    template <class F> void drain(F&& f);

   private:
    std::vector<std::vector<Block*>> of_class_;
    std::size_t bytes_ = 0;
  };

  /// Memory from the system, or null where it has none.
  virtual void* try_system(std::size_t size) = 0;
  virtual void return_to_system(void* data) noexcept = 0;
  /// Throws `Error`: `size` bytes could not be had, even after everything cached was returned.
  virtual void fail_out_of_memory(std::size_t size, const MemoryStats& stats) = 0;

  Block* take_cached(FreeBlocks& from, std::size_t size);
  Block* ask_system(std::size_t size);
  void drop_cached_blocks();

  mutable std::mutex mutex_;
  std::map<int, FreeBlocks> free_{{0, {}}};  ///< of each pool; 0: of none
  std::map<int, FreeBlocks> held_;           ///< for each pool: others' blocks given back while it recorded
  std::unordered_map<void*, Block> blocks_;  ///< whose elements stay where they are
  int pools_ = 0;                            ///< that were ever opened
  MemoryStats stats_;
};

}  // namespace adora
