#pragma once
#include <cstddef>
#include <cstdint>

#include "device.h"

namespace adora {

/// Bytes of tensors on one device.
struct MemoryStats {
  std::size_t current = 0;               ///< held by tensors now
  std::size_t peak = 0;                  ///< the most that were ever held at once, since reset_peak_memory
  std::size_t cached = 0;                ///< freed by tensors and kept for reuse
  std::uint64_t system_allocations = 0;  ///< how often the system was asked for memory
};

/// Takes and gives back memory on one kind of device. Blocks that are given back
/// are kept and reused, so that a loop in a steady state asks the system for
/// nothing. Thread safe.
class Allocator {
 public:
  virtual ~Allocator() = default;
  /// At least `bytes` bytes, aligned to 64; null for 0 bytes. Throws `Error` saying how
  /// much was asked for and is held where the device has no more.
  virtual void* allocate(std::size_t bytes) = 0;
  /// Gives back what `allocate(bytes)` returned.
  virtual void release(void* data, std::size_t bytes) noexcept = 0;
  virtual MemoryStats stats() const = 0;
  virtual void reset_peak() = 0;
  /// Returns every cached block to the system.
  virtual void drop_cache() = 0;

  /// A pool keeps the blocks that were handed out while it was in use to itself, also when they are given back: what a
  /// recorded CUDA graph works with must not be handed to anybody else. Only some devices have pools; ids begin at 1.
  virtual int open_pool() { return 0; }
  /// Makes this thread allocate from the pool with this id from now on; 0 stands for no pool.
  virtual void use_pool(int) {}
  /// The pool's free blocks become free for all, and the others once they are given back.
  virtual void close_pool(int) {}
};

/// The allocator of a device; a backend installs its own with `set_allocator`.
Allocator& allocator(Device device);
void set_allocator(DeviceType type, Allocator* allocator);

MemoryStats memory_stats(Device device = default_device());
void reset_peak_memory(Device device = default_device());

}  // namespace adora
