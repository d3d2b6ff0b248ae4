#include "character_vocabulary.h"

#include "../../core/error.h"
#include "../../core/utf8.h"

namespace adora {
namespace {

/// Calls f(character) with each one of a text.
template <class F> void each_character(std::string_view text, F&& f) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t bytes = utf8_character(text, at);
    check(bytes > 0, "CharacterVocabulary: the text is not UTF-8 at byte {}", at);
    f(text.substr(at, bytes));
    at += bytes;
  }
}

}  // namespace

CharacterVocabulary::CharacterVocabulary(std::string_view text) {
  each_character(text, [&](std::string_view character) { numbers_.emplace(character, 0); });
  for (auto& [character, number] : numbers_) {
    number = size();
    characters_.push_back(character);
  }
}

std::vector<std::int64_t> CharacterVocabulary::encode(std::string_view text) const {
  std::vector<std::int64_t> result;
  each_character(text, [&](std::string_view character) {
    const auto found = numbers_.find(character);
    check(found != numbers_.end(), "CharacterVocabulary: '{}' is not among the {} characters", character, size());
    result.push_back(found->second);
  });
  return result;
}

std::string CharacterVocabulary::decode(const std::vector<std::int64_t>& numbers) const {
  std::string text;
  for (const std::int64_t number : numbers) {
    check(number >= 0 && number < size(), "CharacterVocabulary: there is no character {}; there are {}", number,
          size());
    text += characters_[static_cast<std::size_t>(number)];
  }
  return text;
}

}  // namespace adora
