#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>

#include "allocator.h"

namespace adora {

/// A block of memory that tensors share, and a count of the changes made to it
/// in place, by which a backward pass notices that a value it needs is gone.
class Storage {
 public:
  Storage(std::size_t bytes, Device device)
      : data_(allocator(device).allocate(bytes)), bytes_(bytes), device_(device) {}
  /// Memory that somebody else owns, such as a mapped file; `owner` keeps it alive.
  Storage(void* data, std::size_t bytes, std::shared_ptr<const void> owner)
      : data_(data), bytes_(bytes), owner_(std::move(owner)) {}
  ~Storage() {
    if (!owner_) allocator(device_).release(data_, bytes_);
  }
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  void* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }
  Device device() const { return device_; }
  std::uint64_t version() const { return version_; }
  void bump_version() { ++version_; }

 private:
  void* data_;
  std::size_t bytes_;
  Device device_{};
  std::uint64_t version_ = 0;
  std::shared_ptr<const void> owner_;
};

}  // namespace adora
