#include "added_tokens.h"

#include <algorithm>

#include "unicode.h"

namespace adora {

void AddedTokens::add(const std::string& text, const AddedToken& token) {
  std::uint32_t node = 0;
  for (const char byte : text) {
    auto& next = nodes_[node].next;
    const auto at = std::lower_bound(next.begin(), next.end(), byte, [](const auto& a, char b) { return a.first < b; });
    if (at != next.end() && at->first == byte) {
      node = at->second;
      continue;
    }
    const auto made = static_cast<std::uint32_t>(nodes_.size());
    next.insert(at, {byte, made});
    if (node == 0) first_[static_cast<unsigned char>(byte)] = made;
    nodes_.emplace_back();
    node = made;
  }
  nodes_[node].token = &token;
}

const AddedToken* AddedTokens::longest_at(std::string_view text, std::size_t at, std::size_t& end) const {
  const AddedToken* found = nullptr;
  std::uint32_t node = first_[static_cast<unsigned char>(text[at])];
  while (node != 0) {
    const Node& here = nodes_[node];
    if (here.token) found = here.token, end = at + 1;
    node = 0;
    if (++at == text.size()) break;
    const auto next = std::lower_bound(here.next.begin(), here.next.end(), text[at],
                                       [](const auto& a, char b) { return a.first < b; });
    if (next != here.next.end() && next->first == text[at]) node = next->second;
  }
  return found;
}

std::vector<TextPiece> AddedTokens::split(std::string_view text) const {
  std::vector<TextPiece> pieces;
  std::size_t done = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t begin = at, end = at;
    const AddedToken* token = longest_at(text, at, end);
    if (!token) {
      ++at;
      continue;
    }
    at = end;
    const bool within = (begin > 0 && is_word(code_point_before(text, begin).value)) ||
                        (end < text.size() && is_word(code_point(text, end).value));
    if (token->single_word && within) continue;
    if (token->lstrip)
      while (begin > done && is_space(code_point_before(text, begin).value))
        begin -= code_point_before(text, begin).bytes;
    if (token->rstrip)
      while (end < text.size() && is_space(code_point(text, end).value)) end += code_point(text, end).bytes;
    if (done < begin) pieces.push_back({done, begin, nullptr});
    pieces.push_back({begin, end, token});
    done = end;
  }
  if (done < text.size()) pieces.push_back({done, text.size(), nullptr});
  return pieces;
}

}  // namespace adora
