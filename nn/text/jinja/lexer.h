#pragma once
// Not in adora.h: the library's own.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace adora::jinja {

struct Token {
  /// `begin_tag` is {%, `begin_value` is {{; signs are operators and brackets.
  enum Kind { data, begin_tag, end_tag, begin_value, end_value, name, text, integer, real, sign, end };
  Kind kind;
  int line;
  std::string value;  ///< data, name, content of a text, or sign
  std::int64_t whole = 0;
  double number = 0;

  bool is(std::string_view wanted) const { return (kind == sign || kind == name) && value == wanted; }
};

/// A template's tokens, with white space taken away around tags as the settings trim_blocks and lstrip_blocks and the
/// signs in {%- -%} and {%+ +%} say. The last is `end`. Throws `Error` beginning with "line N: ".
std::vector<Token> tokenize(std::string_view source);

/// A token in messages.
std::string describe(const Token& token);

}  // namespace adora::jinja
