#include "python_regex.h"

#include <cctype>

#include "regex_translation.h"

namespace adora {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Translation : RegexTranslation {
 public:
  Translation(std::string_view text, const std::string& where) : RegexTranslation(text, where) {}

  std::string run() {
    check(text_.find('\0') == text_.npos, "{}: a regular expression has a zero byte", where_);
    while (at_ < text_.size()) step();
    return std::move(out_);
  }

 private:
  void step() {
    switch (peek()) {
      case '\\': escape(false); break;
      case '[': set(); break;
      case '(': group(); break;
      case '{': repeat(); break;
      default: literal();
    }
  }

  void group() {
    if (peek(1) == '*') refuse("(*");
    if (peek(1) != '?') return literal();
    for (const std::string_view known : {"(?:", "(?=", "(?!", "(?>", "(?<=", "(?<!"})
      if (text_.substr(at_).starts_with(known)) return copy(known.size());
    const std::size_t begin = at_;
    if (text_.substr(at_).starts_with("(?P<") || text_.substr(at_).starts_with("(?P=")) {
      const char end = peek(3) == '<' ? '>' : ')';
      std::size_t last = at_ + 4;
      while (last < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[last])) || text_[last] == '_'))
        ++last;
      if (last >= text_.size() || text_[last] != end) refuse(text_.substr(begin, last + 1 - begin));
      return copy(last + 1 - at_);
    }
    if (peek(2) == '#') {
      const std::size_t end = text_.find(')', at_);
      if (end == text_.npos) refuse("a comment without an end");
      at_ = end + 1;
      return;
    }
    // Options: letters, then a colon or the group's end.
    std::size_t end = at_ + 2;
    std::string options;
    for (; end < text_.size() && std::string_view("-imsu").find(text_[end]) != std::string_view::npos; ++end)
      if (text_[end] != 'u') options += text_[end];
    const bool whole = end < text_.size() && text_[end] == ')';
    if (end == at_ + 2 || end >= text_.size() || (!whole && text_[end] != ':') || (whole && begin != 0))
      refuse(text_.substr(begin, end + 1 - begin));
    out_.append("(?").append(options).append(1, text_[end]);
    at_ = end + 1;
  }

  void repeat() {
    // {n}, {n,}, {n,m}, {,m} and {,}; anything else is a brace.
    std::size_t comma = at_ + 1;
    while (comma < text_.size() && is_digit(text_[comma])) ++comma;
    std::size_t end = comma;
    if (end < text_.size() && text_[end] == ',') {
      ++end;
      while (end < text_.size() && is_digit(text_[end])) ++end;
    }
    if (end == at_ + 1 || end >= text_.size() || text_[end] != '}') {
      out_ += "\\{";
      ++at_;
      return;
    }
    out_ += peek(1) == ',' ? "{0" : "{";
    ++at_;
    copy(end + 1 - at_);
  }

  void set() {
    copy(1);
    if (peek() == '^') copy(1);
    if (peek() == ']') out_ += "\\]", ++at_;
    while (peek() != ']') {
      if (at_ >= text_.size()) refuse("a set without an end");
      if (peek() == '[') out_ += "\\[", ++at_;
      else if (peek() == '\\') escape(true);
      else literal();
    }
    copy(1);
  }

  void escape(bool in_set) {
    const char c = peek(1);
    const std::string_view both = text_.substr(at_, 2);
    if (both.size() < 2) refuse("a backslash at its end");
    if (c == 'x' || c == 'u' || c == 'U') return number(c);
    if (is_digit(c)) {
      if (in_set || c == '0' || is_digit(peek(2))) refuse(both);
      return copy(2);
    }
    switch (c) {
      case 'v': out_ += "\\x0b"; break;
      case 'Z':
      case 'A':
      case 'B':
        if (in_set) refuse(both);
        out_ += c == 'Z' ? "\\z" : both;
        break;
      case 'b':
      case 'd':
      case 'D':
      case 's':
      case 'S':
      case 'w':
      case 'W':
      case 'n':
      case 'r':
      case 't':
      case 'f':
      case 'a': out_ += both; break;
      default:
        if (std::isalpha(static_cast<unsigned char>(c))) refuse(both);
        if (static_cast<unsigned char>(c) >= 0x80) return ++at_, literal();
        out_ += both;
    }
    at_ += 2;
  }

  /// \xHH, \uHHHH, \UHHHHHHHH.
  void number(char kind) {
    const std::size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : 8;
    const std::string_view all = text_.substr(at_ + 2, digits);
    bool right = all.size() == digits;
    for (const char c : all) right = right && std::isxdigit(static_cast<unsigned char>(c));
    if (!right) refuse(text_.substr(at_, digits + 2));
    out_.append("\\x{").append(all).append("}");
    at_ += 2 + digits;
  }
};

}  // namespace

std::string from_python(std::string_view expression, const std::string& where) {
  return Translation(expression, where).run();
}

}  // namespace adora
