#include "word_cache.h"

#include <algorithm>
#include <cstring>

namespace adora {

std::uint64_t WordCache::hash_of(std::string_view word) {
  std::uint64_t hash = word.size();
  while (!word.empty()) {
    std::uint64_t eight = 0;
    const std::size_t bytes = std::min<std::size_t>(word.size(), 8);
    std::memcpy(&eight, word.data(), bytes);
    hash = (hash ^ eight) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 29;
    word.remove_prefix(bytes);
  }
  return hash ^ hash >> 32;
}

void WordCache::clear() {
  std::fill(entries_.begin(), entries_.end(), Entry{});
  texts_.clear(), ids_.clear();
  count_ = 0;
}

}  // namespace adora
