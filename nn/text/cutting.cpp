#include "cutting.h"

#include <algorithm>

namespace adora {

AtMatches read_at_matches(JsonFields& fields, const std::string& name, const std::string& otherwise) {
  const std::string said = otherwise.empty() ? fields.text(name) : fields.text(name, otherwise);
  if (said == "Isolated") return AtMatches::isolated;
  if (said == "Removed") return AtMatches::removed;
  if (said == "MergedWithPrevious") return AtMatches::merged_with_previous;
  if (said == "MergedWithNext") return AtMatches::merged_with_next;
  if (said == "Contiguous") return AtMatches::contiguous;
  fields.refuse(name, "Isolated, Removed, MergedWithPrevious, MergedWithNext or Contiguous");
}

void add_words(const std::vector<Part>& parts, AtMatches at, std::vector<Word>& words) {
  const std::size_t first = words.size();
  const auto add = [&](const Part& part) { words.push_back({part.begin, part.end}); };
  const bool joined = at == AtMatches::contiguous || at == AtMatches::merged_with_previous;
  bool match_in_front = false;
  if (at == AtMatches::merged_with_next) {
    // Of several matches in a row the last one is joined; seen from behind that is the first.
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
      if (part->match && !match_in_front && words.size() > first) words.back().begin = part->begin;
      else add(*part);
      match_in_front = part->match;
    }
    std::reverse(words.begin() + static_cast<std::ptrdiff_t>(first), words.end());
  } else {
    for (const Part& part : parts) {
      if (at == AtMatches::removed && part.match) continue;
      const bool join = at == AtMatches::contiguous ? part.match == match_in_front : part.match && !match_in_front;
      if (joined && join && words.size() > first) words.back().end = part.end;
      else add(part);
      match_in_front = part.match;
    }
  }
  const auto empty = [](const Word& word) { return word.begin == word.end; };
  words.erase(std::remove_if(words.begin() + static_cast<std::ptrdiff_t>(first), words.end(), empty), words.end());
}

}  // namespace adora
