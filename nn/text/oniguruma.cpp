#include "oniguruma.h"

#include <array>
#include <cctype>

#include "regex_translation.h"

namespace adora {
namespace {

// What stands between the brackets of a set. White_Space, and all others; Alphabetic, marks, decimal digits and
// connectors.
constexpr std::string_view spaces =
    R"(\t-\r \x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";
constexpr std::string_view no_spaces =
    R"(\x{0}-\x{8}\x{e}-\x{1f}\x{21}-\x{84}\x{86}-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{10ffff})";
constexpr std::string_view word =
    R"(\p{L}\p{Nl}\p{M}\p{Nd}\p{Pc}\x{b2}\x{b3}\x{b9}\x{bc}-\x{be}\x{24b6}-\x{24e9}\x{1f130}-\x{1f149}\x{1f150}-\x{1f169}\x{1f170}-\x{1f189})";
constexpr std::string_view hexadecimal = "0-9a-fA-F", no_hexadecimal = R"(\x{0}-/:-@G-`g-\x{10ffff})";

/// Letters are those of a general category: L, Lu, ...
bool is_category(std::string_view name) {
  constexpr std::array<std::string_view, 37> all{
      "C", "Cc", "Cf", "Cn", "Co", "L",  "Ll", "Lm", "Lo", "Lt", "Lu", "M",  "Mc", "Me", "Mn", "N",  "Nd", "Nl", "No",
      "P", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S",  "Sc", "Sk", "Sm", "So", "Z",  "Zl", "Zp", "Zs", "Any"};
  for (const std::string_view one : all)
    if (one == name) return true;
  return false;
}

class Translation : RegexTranslation {
 public:
  Translation(std::string_view text, const std::string& where) : RegexTranslation(text, where) {}

  std::string run() {
    while (at_ < text_.size()) step();
    return std::move(out_);
  }

 private:
  void step() {
    const bool starts = starts_;
    starts_ = false;
    switch (peek()) {
      case '\\': escape(false); break;
      case '[': set(); break;
      case '(': group(starts); break;
      case '{': repeat(); break;
      case '|':
        starts_ = false;
        literal();
        break;
      default: literal();
    }
  }

  void group(bool starts) {
    if (peek(1) == '*') refuse("(*");
    starts_ = true;
    if (peek(1) != '?') return literal();
    for (const std::string_view known : {"(?:", "(?=", "(?!", "(?>", "(?<=", "(?<!"})
      if (text_.substr(at_).starts_with(known)) return copy(known.size());
    // Options: letters, then a colon or the group's end.
    std::size_t end = at_ + 2;
    std::string options;
    for (; end < text_.size() && (text_[end] == '-' || text_[end] == 'i' || text_[end] == 'm'); ++end)
      options += text_[end] == 'm' ? 's' : text_[end];
    const bool whole = end < text_.size() && text_[end] == ')';
    // To the end of its group, over the bars between: PCRE2 agrees where nothing stands in front.
    if (end == at_ + 2 || end >= text_.size() || (text_[end] != ':' && !(whole && starts)))
      refuse(text_.substr(at_, end + 1 - at_));
    out_ += "(?" + options + text_[end];
    at_ = end + 1;
  }

  void repeat() {
    // {n}, {n,}, {n,m} and Oniguruma's {,m}; anything else is a brace.
    std::size_t end = at_ + 1;
    bool digits = false;
    int commas = 0;
    for (; end < text_.size() && (std::isdigit(static_cast<unsigned char>(text_[end])) || text_[end] == ','); ++end)
      text_[end] == ',' ? void(++commas) : void(digits = true);
    if (end >= text_.size() || text_[end] != '}' || !digits || commas > 1) {
      out_ += "\\{";
      ++at_;
      return;
    }
    out_ += peek(1) == ',' ? "{0" : "{";
    ++at_;
    copy(end + 1 - at_);
    if (peek() == '+') refuse("a + behind {}");
  }

  /// A set: [...], without sets and intersections in it.
  void set() {
    copy(1);
    if (peek() == '^') copy(1);
    if (peek() == ']') refuse("an empty set");
    while (peek() != ']') {
      if (at_ >= text_.size()) refuse("a set without an end");
      if (peek() == '[') refuse("a set in a set");
      if (peek() == '&' && peek(1) == '&') refuse("&&");
      if (peek() == '\\') escape(true);
      else literal();
    }
    literal();
  }

  void put_set(std::string_view what, bool in_set, bool none_of = false) {
    if (in_set) out_ += what;
    else out_.append(none_of ? "[^" : "[").append(what).append("]");
  }

  void escape(bool in_set) {
    const char c = peek(1);
    if (c == '\0') refuse("a backslash at its end");
    const std::string_view both = text_.substr(at_, 2);
    switch (c) {
      case 's': put_set(spaces, in_set); break;
      case 'S': put_set(no_spaces, in_set); break;
      case 'w': put_set(word, in_set); break;
      case 'h': put_set(hexadecimal, in_set); break;
      case 'H': put_set(no_hexadecimal, in_set); break;
      case 'v': out_ += "\\x0b"; break;
      case 'W':
        if (in_set) refuse("\\W in a set");
        put_set(word, false, true);
        break;
      case 'b':
      case 'B':
        if (in_set) refuse("\\b in a set");
        boundary(c == 'b');
        break;
      case 'p':
      case 'P': return property();
      case 'x':
      case 'u': return number(c);
      case 'A':
      case 'z':
      case 'Z':
        if (in_set) refuse(both);
        out_ += both;
        break;
      case 'd':
      case 'D':
      case 'n':
      case 'r':
      case 't':
      case 'f':
      case 'a':
      case 'e': out_ += both; break;
      default:
        if (std::isalnum(static_cast<unsigned char>(c))) refuse(both);
        if (static_cast<unsigned char>(c) < 0x80) out_ += both;
        else ++at_, literal(), at_ -= 2;
    }
    at_ += 2;
  }

  void boundary(bool at_one) {
    const std::string in = "[" + std::string(word) + "]";
    out_ += at_one ? "(?:(?<=" + in + ")(?!" + in + ")|(?<!" + in + ")(?=" + in + "))"
                   : "(?:(?<=" + in + ")(?=" + in + ")|(?<!" + in + ")(?!" + in + "))";
  }

  /// \p{Name}, \p{^Name}, \P{Name}: a general category or a script.
  void property() {
    const std::size_t end = text_.find('}', at_);
    if (peek(2) != '{' || end == text_.npos || end - at_ > 40) refuse("\\p without a name in braces");
    std::string_view name = text_.substr(at_ + 3, end - at_ - 3);
    bool none_of = peek(1) == 'P';
    if (name.starts_with('^')) none_of = !none_of, name.remove_prefix(1);
    for (const char c : name)
      if (!std::isalpha(static_cast<unsigned char>(c)) && c != '_') refuse(text_.substr(at_, end + 1 - at_));
    if (name.size() < 3 && !is_category(name)) refuse(text_.substr(at_, end + 1 - at_));
    out_.append(none_of ? "\\P{" : "\\p{").append(is_category(name) ? "" : "sc:").append(name).append("}");
    at_ = end + 1;
  }

  /// \xHH (below 80: what is above is a byte to Oniguruma), \x{H...}, \uHHHH.
  void number(char kind) {
    const bool braces = kind == 'x' && peek(2) == '{';
    std::size_t begin = at_ + (braces ? 3 : 2), end = begin;
    const std::size_t most = braces ? 6 : kind == 'u' ? 4 : 2;
    while (end < text_.size() && end - begin < most && std::isxdigit(static_cast<unsigned char>(text_[end]))) ++end;
    const std::string_view digits = text_.substr(begin, end - begin);
    const bool right = braces ? !digits.empty() && end < text_.size() && text_[end] == '}' : digits.size() == most;
    if (!right || (kind == 'x' && !braces && digits[0] > '7')) refuse(text_.substr(at_, end + 1 - at_));
    out_.append("\\x{").append(digits).append("}");
    at_ = end + (braces ? 1 : 0);
  }

  bool starts_ = true;  // Whether nothing stands in front in this group.
};

}  // namespace

std::string from_oniguruma(std::string_view expression, const std::string& where) {
  return Translation(expression, where).run();
}

}  // namespace adora
