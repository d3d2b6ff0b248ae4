#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace adora {

/// The characters (code points of UTF-8) that occur in a text, numbered in their order: for models that write a
/// character at a time.
class CharacterVocabulary {
 public:
  /// Throws `Error` where the text is not UTF-8.
  explicit CharacterVocabulary(std::string_view text);
  std::int64_t size() const { return static_cast<std::int64_t>(characters_.size()); }
  /// Throws `Error` naming a character that has no number.
  std::vector<std::int64_t> encode(std::string_view text) const;
  std::string decode(const std::vector<std::int64_t>& numbers) const;

 private:
  std::vector<std::string> characters_;
  std::map<std::string, std::int64_t, std::less<>> numbers_;
};

}  // namespace adora
