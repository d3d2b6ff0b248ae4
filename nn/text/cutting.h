#pragma once
// Not in adora.h: the library's own.
#include <string>
#include <vector>

#include "../io/json_fields.h"
#include "unicode.h"
#include "words.h"

namespace adora {

/// What becomes of the matches where a word is cut at them: words of their own, nothing, the end of the word in front,
/// the beginning of the one behind (of several in a row one goes there, and the others stand alone), or one word for
/// matches in a row.
enum class AtMatches { isolated, removed, merged_with_previous, merged_with_next, contiguous };

/// The field of that name; without `otherwise` it must be there.
AtMatches read_at_matches(JsonFields& fields, const std::string& name, const std::string& otherwise = "");

/// A part of a word that is a match, or that is none.
struct Part {
  std::uint32_t begin = 0, end = 0;
  bool match = false;
};

/// Adds the words that a word's parts make. The parts cover the word; an empty one is no word, but counts as a match.
void add_words(const std::vector<Part>& parts, AtMatches at, std::vector<Word>& words);

/// Cuts words into parts: split(word, parts), of positions in the word.
template <class F> void cut_words(Words& words, AtMatches at, F&& split) {
  std::vector<Part> parts;
  std::vector<Word> result;
  result.reserve(words.size());
  for (std::size_t i = 0; i < words.size(); ++i) {
    parts.clear();
    split(words[i], parts);
    const std::uint32_t begin = words.words()[i].begin;
    for (Part& part : parts) part.begin += begin, part.end += begin;
    add_words(parts, at, result);
  }
  words.replace(std::move(result));
}

/// Cuts words at the characters of a kind, each a match: is(code point).
template <class F> void cut_at_characters(Words& words, AtMatches at, F&& is) {
  cut_words(words, at, [&](std::string_view word, std::vector<Part>& parts) {
    std::uint32_t begin = 0;
    for (std::uint32_t here = 0; here < word.size();) {
      const CodePoint c = code_point(word, here);
      const auto end = static_cast<std::uint32_t>(here + c.bytes);
      if (is(c.value)) {
        if (begin < here) parts.push_back({begin, here, false});
        parts.push_back({here, end, true});
        begin = end;
      }
      here = end;
    }
    if (begin < word.size()) parts.push_back({begin, static_cast<std::uint32_t>(word.size()), false});
  });
}

}  // namespace adora
