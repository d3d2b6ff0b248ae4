#include "literals.h"

#include <charconv>

#include "../../../core/error.h"
#include "characters.h"

namespace adora::jinja {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Digits from `at` on, and underscores between them; appended to `text` without these.
std::size_t digits(std::string_view rest, std::size_t at, std::string& text) {
  while (at < rest.size() &&
         (is_digit(rest[at]) || (rest[at] == '_' && at + 1 < rest.size() && is_digit(rest[at + 1]))))
    if (rest[at++] != '_') text += rest[at - 1];
  return at;
}

char32_t hexadecimal(std::string_view rest, std::size_t& at, std::size_t count, int line) {
  std::uint32_t code = 0;
  const char* first = rest.data() + at;
  const bool there = at + count <= rest.size();
  const auto [last, error] =
      there ? std::from_chars(first, first + count, code, 16) : std::from_chars_result{first, {}};
  check(there && error == std::errc() && last == first + count, "line {}: an escape in a text needs {} digits", line,
        count);
  at += count;
  return code;
}

void append_escape(std::string& value, std::string_view rest, std::size_t& at, int line) {
  const char kind = rest[at++];
  static constexpr std::string_view letters = "\\'\"abfnrtv", meant = "\\'\"\a\b\f\n\r\t\v";
  if (const std::size_t place = letters.find(kind); place != letters.npos) value += meant[place];
  else if (kind == '\n') return;
  else if (kind == 'x') append_character(value, hexadecimal(rest, at, 2, line));
  else if (kind == 'u') append_character(value, hexadecimal(rest, at, 4, line));
  else if (kind == 'U') append_character(value, hexadecimal(rest, at, 8, line));
  else if (kind >= '0' && kind <= '7') {
    char32_t code = static_cast<char32_t>(kind - '0');
    for (int i = 0; i < 2 && at < rest.size() && rest[at] >= '0' && rest[at] <= '7'; ++i)
      code = 8 * code + static_cast<char32_t>(rest[at++] - '0');
    append_character(value, code);
  } else {
    check(kind != 'N', "line {}: characters by their names, \\N, are not known", line);
    (value += '\\') += kind;  // as Python has it
  }
}

}  // namespace

std::size_t read_number(std::string_view rest, int line, std::vector<Token>& tokens) {
  std::string text;
  std::size_t at = digits(rest, 0, text);
  check(at >= rest.size() || at != 1 || rest[0] != '0' ||
            std::string_view("xXbBoO").find(rest[1]) == std::string_view::npos,
        "line {}: only decimal numbers are known", line);
  bool real = false;
  const bool after_dot = !tokens.empty() && tokens.back().is(".");
  if (!after_dot && at + 1 < rest.size() && rest[at] == '.' && is_digit(rest[at + 1])) {
    real = true;
    at = digits(rest, at + 1, text += '.');
  }
  if (!after_dot && at + 1 < rest.size() && (rest[at] == 'e' || rest[at] == 'E')) {
    const std::size_t sign = rest[at + 1] == '+' || rest[at + 1] == '-' ? 1 : 0;
    if (at + 1 + sign < rest.size() && is_digit(rest[at + 1 + sign])) {
      real = true;
      text += 'e';
      if (sign) text += rest[at + 1];
      at = digits(rest, at + 1 + sign, text);
    }
  }
  Token token{real ? Token::real : Token::integer, line, {}};
  const char* end = text.data() + text.size();
  const auto failed =
      real ? std::from_chars(text.data(), end, token.number).ec : std::from_chars(text.data(), end, token.whole).ec;
  check(failed == std::errc(), "line {}: the number {} is too large", line, shortened(text, 40));
  tokens.push_back(std::move(token));
  return at;
}

std::size_t read_text(std::string_view rest, int line, std::vector<Token>& tokens) {
  std::string value;
  std::size_t at = 1;
  while (at < rest.size() && rest[at] != rest[0]) {
    if (rest[at] != '\\') {
      value += rest[at++];
      continue;
    }
    if (++at < rest.size()) append_escape(value, rest, at, line);
  }
  check(at < rest.size(), "line {}: a text has no end {}", line, rest[0]);
  tokens.push_back({Token::text, line, std::move(value)});
  return at + 1;
}

}  // namespace adora::jinja
