#pragma once
// Not in adora.h: the library's own.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace adora {

/// A stretch of a text, in bytes; texts are shorter than 2^32 bytes.
struct Word {
  std::uint32_t begin = 0, end = 0;
};

/// A text cut into words, from left to right, none of them empty. What lies between them is no part of it any more.
class Words {
 public:
  /// One word of it all. The text must outlive this. `at_start`: whether nothing stands in front of it.
  Words(std::string_view text, bool at_start) : text_(text), at_start_(at_start) {
    if (!text.empty()) words_.push_back({0, static_cast<std::uint32_t>(text.size())});
  }
  Words(const Words&) = delete;
  Words& operator=(const Words&) = delete;

  std::string_view text() const { return text_; }
  const std::vector<Word>& words() const { return words_; }
  std::string_view operator[](std::size_t i) const {
    return text_.substr(words_[i].begin, words_[i].end - words_[i].begin);
  }
  std::size_t size() const { return words_.size(); }
  /// Whether the first word begins where the whole text does.
  bool first_is_at_start() const { return at_start_ && !words_.empty() && words_.front().begin == 0; }

  void replace(std::vector<Word> words) { words_ = std::move(words); }
  /// Another text, and its words.
  void replace(std::string text, std::vector<Word> words) {
    at_start_ = first_is_at_start();
    own_ = std::move(text), text_ = own_, words_ = std::move(words);
  }

  /// Writes each word anew: write(word, text) adds it to the text.
  template <class F> void rewrite(F&& write) {
    std::string text;
    std::vector<Word> result;
    result.reserve(size());
    for (std::size_t i = 0; i < size(); ++i) {
      const auto begin = static_cast<std::uint32_t>(text.size());
      write((*this)[i], text);
      result.push_back({begin, static_cast<std::uint32_t>(text.size())});
    }
    replace(std::move(text), std::move(result));
  }

  /// Whether a character is to stand for each byte (byte_level.h), which is left to who looks the words up: most of
  /// them are known already.
  bool bytes = false;

 private:
  std::string_view text_;
  std::string own_;
  std::vector<Word> words_;
  bool at_start_;
};

}  // namespace adora
