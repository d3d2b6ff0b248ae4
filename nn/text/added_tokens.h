#pragma once
// Not in adora.h: the library's own.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace adora {

/// A token that is looked for in a text before the model sees it.
struct AddedToken {
  std::string text;
  std::int64_t id = 0;
  bool special = false;      ///< left out of decoded text
  bool normalized = false;   ///< looked for in the normalized text, as it is when normalized itself
  bool single_word = false;  ///< not within a word
  bool lstrip = false;       ///< takes the white space in front along
  bool rstrip = false;       ///< and behind
};

/// A piece of a text: an added token, or what stands between two.
struct TextPiece {
  std::size_t begin = 0, end = 0;
  const AddedToken* token = nullptr;
};

/// Finds texts in a text: from left to right, at each place the longest.
class AddedTokens {
 public:
  static constexpr std::size_t longest = 4096;

  /// Adds a token that is found as `text`, which is no longer than `longest`, not empty, and not there yet; the token
  /// must outlive this.
  void add(const std::string& text, const AddedToken& token);
  /// Throws nothing; the pieces cover the text but for nothing.
  std::vector<TextPiece> split(std::string_view text) const;

 private:
  struct Node {
    const AddedToken* token = nullptr;
    std::vector<std::pair<char, std::uint32_t>> next;  // sorted
  };
  /// The token of the longest text that stands at a place.
  const AddedToken* longest_at(std::string_view text, std::size_t at, std::size_t& end) const;

  std::vector<Node> nodes_{1};
  std::vector<std::uint32_t> first_ = std::vector<std::uint32_t>(256);  // the node of a first byte, or 0
};

}  // namespace adora
