#pragma once
// Not in adora.h: the library's own.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace adora {

/// The tokens of words that were looked up before. What it takes is bounded: where it is full it begins anew.
class WordCache {
 public:
  static constexpr std::size_t longest = 64;  // bytes of a word that is kept

  /// The tokens of a word, or `make(word, ids)`, which adds them. The span holds until the next call.
  template <class F> std::span<const std::int64_t> find(std::string_view word, F&& make) {
    const std::uint64_t hash = hash_of(word);
    std::size_t at = hash & mask;
    for (; entries_[at].bytes != 0; at = (at + 1) & mask)
      if (entries_[at].hash == hash && text(entries_[at]) == word) return tokens(entries_[at]);
    made_.clear();
    make(word, made_);
    if (count_ >= most || texts_.size() + ids_.size() > most_kept) {
      clear();
      at = hash & mask;
    }
    Entry& entry = entries_[at];
    entry = {hash, static_cast<std::uint32_t>(texts_.size()), static_cast<std::uint32_t>(ids_.size()),
             static_cast<std::uint16_t>(word.size()), static_cast<std::uint16_t>(made_.size())};
    texts_ += word;
    ids_.insert(ids_.end(), made_.begin(), made_.end());
    ++count_;
    return tokens(entry);
  }

 private:
  static constexpr std::size_t slots = std::size_t{1} << 16, mask = slots - 1, most = slots / 2;
  static constexpr std::size_t most_kept = std::size_t{1} << 21;
  struct Entry {
    std::uint64_t hash = 0;
    std::uint32_t text = 0, ids = 0;
    std::uint16_t bytes = 0, tokens = 0;  // no bytes: an empty place
  };

  static std::uint64_t hash_of(std::string_view word);
  std::string_view text(const Entry& entry) const { return std::string_view(texts_).substr(entry.text, entry.bytes); }
  std::span<const std::int64_t> tokens(const Entry& entry) const { return {ids_.data() + entry.ids, entry.tokens}; }
  void clear();

  std::vector<Entry> entries_ = std::vector<Entry>(slots);
  std::string texts_;
  std::vector<std::int64_t> ids_, made_;
  std::size_t count_ = 0;
};

}  // namespace adora
