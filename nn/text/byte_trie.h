#pragma once
// Not in adora.h: the library's own.
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace adora {

/// Texts by their beginnings.
class ByteTrie {
 public:
  /// Of texts that are not empty, each with a number of 0 or more; of two that are alike the later counts.
  void build(std::vector<std::pair<std::string_view, std::int32_t>> texts);

  /// Calls f(bytes, number) for each text that `text` begins with, the shortest first.
  template <class F> void prefixes(std::string_view text, F&& f) const {
    if (text.empty() || nodes_.empty()) return;
    std::int32_t node = first_[static_cast<unsigned char>(text[0])];
    for (std::size_t at = 1; node >= 0; ++at) {
      const Node& here = nodes_[static_cast<std::size_t>(node)];
      if (here.number >= 0) f(at, here.number);
      if (at == text.size()) return;
      node = child(here, static_cast<unsigned char>(text[at]));
    }
  }

 private:
  /// The children of a node lie side by side, in the order of their bytes.
  struct Node {
    std::int32_t number = -1, first_child = 0;
    std::uint16_t children = 0;
    unsigned char byte = 0;
  };

  std::int32_t child(const Node& node, unsigned char byte) const {
    std::int32_t low = node.first_child, high = low + node.children;
    while (low < high) {
      const std::int32_t middle = low + (high - low) / 2;
      if (nodes_[static_cast<std::size_t>(middle)].byte < byte) low = middle + 1;
      else high = middle;
    }
    return low < node.first_child + node.children && nodes_[static_cast<std::size_t>(low)].byte == byte ? low : -1;
  }

  std::vector<Node> nodes_;
  std::array<std::int32_t, 256> first_{};
};

}  // namespace adora
