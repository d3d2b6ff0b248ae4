#pragma once
#include <string>

namespace adora::test {

/// How often a part stands in a text.
inline int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace adora::test
