#pragma once
// Not in adora.h: the library's own.
#include <cstddef>
#include <cstdint>
#include <vector>

namespace adora {

/// What becomes of two tokens beside each other.
struct Merge {
  std::uint32_t rank = UINT32_MAX;  // the lower the earlier
  std::int32_t id = -1;             // of the token that they become; -1: they stay two
};

/// Merges by their pair of tokens.
class MergeTable {
 public:
  /// Room for so many.
  void reserve(std::size_t count);
  /// In place of another one of that pair.
  void set(std::int32_t left, std::int32_t right, Merge merge);

  Merge find(std::int32_t left, std::int32_t right) const {
    const std::uint64_t key = key_of(left, right);
    for (std::size_t at = place(key);; at = (at + 1) & mask_) {
      if (entries_[at].key == key) return entries_[at].merge;
      if (entries_[at].key == empty) return {};
    }
  }

 private:
  static constexpr std::uint64_t empty = UINT64_MAX;
  struct Entry {
    std::uint64_t key = empty;
    Merge merge;
  };

  static std::uint64_t key_of(std::int32_t left, std::int32_t right) {
    return std::uint64_t{static_cast<std::uint32_t>(left)} << 32 | static_cast<std::uint32_t>(right);
  }
  std::size_t place(std::uint64_t key) const { return (key * 0x9e3779b97f4a7c15u >> 20) & mask_; }

  std::vector<Entry> entries_{1};
  std::size_t mask_ = 0;
};

/// Merges a word's tokens for as long as two can be merged, those of the lowest rank first and of these the leftmost.
/// Takes n log n steps for n tokens.
void merge_all(const MergeTable& merges, std::vector<std::int32_t>& ids);

}  // namespace adora
