#include "byte_trie.h"

#include <algorithm>

namespace adora {

void ByteTrie::build(std::vector<std::pair<std::string_view, std::int32_t>> texts) {
  std::stable_sort(texts.begin(), texts.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  // Level by level: a node stands for texts from `begin` to `end`, which have its bytes in front.
  struct Open {
    std::size_t node, begin, end, depth;
  };
  nodes_.assign(1, {});
  std::vector<Open> open{{0, 0, texts.size(), 0}};
  for (std::size_t next = 0; next < open.size(); ++next) {
    const Open here = open[next];
    std::size_t at = here.begin;
    for (; at < here.end && texts[at].first.size() == here.depth; ++at) nodes_[here.node].number = texts[at].second;
    nodes_[here.node].first_child = static_cast<std::int32_t>(nodes_.size());
    while (at < here.end) {
      const char byte = texts[at].first[here.depth];
      const std::size_t begin = at;
      while (at < here.end && texts[at].first[here.depth] == byte) ++at;
      open.push_back({nodes_.size(), begin, at, here.depth + 1});
      nodes_.push_back({.byte = static_cast<unsigned char>(byte)});
      ++nodes_[here.node].children;
    }
  }
  for (unsigned byte = 0; byte < 256; ++byte) first_[byte] = child(nodes_[0], static_cast<unsigned char>(byte));
}

}  // namespace adora
