#pragma once
// Not in adora.h: the library's own.
#include <string>

#include "../text/regex.h"

namespace adora {

/// A regular expression of a config as PEFT hands it to Python's `re`, for modules' names.
class NamePattern {
 public:
  /// Matches whole names (re.fullmatch). `field` names it in messages.
  static NamePattern whole(const std::string& expression, const std::string& field);
  /// Matches from a name's start on (re.match).
  static NamePattern start(const std::string& expression, const std::string& field);

  bool matches(const std::string& name) const { return match_end(name) != std::string::npos; }
  /// Where the match ends; npos where there is none.
  std::size_t match_end(const std::string& name) const;

 private:
  NamePattern(const std::string& expression, const std::string& field);

  Regex regex_;
};

}  // namespace adora
