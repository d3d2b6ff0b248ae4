#include "lexer.h"

#include <algorithm>

#include "../../../core/error.h"
#include "characters.h"
#include "literals.h"

namespace adora::jinja {
namespace {

bool name_start(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool all_space(std::string_view text) { return strip(text, nullptr, true, false).empty(); }

/// Every end of a line is a "\n", and the last one of the template does not count.
std::string normalized(std::string_view source) {
  std::string text;
  for (std::size_t at = 0; at < source.size(); ++at) {
    if (source[at] == '\r') {
      text += '\n';
      if (source.substr(at + 1).starts_with('\n')) ++at;
    } else {
      text += source[at];
    }
  }
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : text_(normalized(source)), rest_(text_) {}

  std::vector<Token> run() {
    while (!rest_.empty()) {
      const std::size_t begin = next_begin();
      const std::string_view before = rest_.substr(0, begin);
      if (begin == rest_.size()) {
        add_data(before, before.size());
        break;
      }
      const char kind = rest_[begin + 1];
      const char sign = begin + 2 < rest_.size() ? rest_[begin + 2] : ' ';
      add_data(kept(before, kind, sign), begin);
      take(2 + (sign == '-' || sign == '+'));
      if (kind == '#') comment();
      else if (kind == '{') inside(Token::begin_value, Token::end_value, "}}");
      else if (!raw()) inside(Token::begin_tag, Token::end_tag, "%}");
    }
    add(Token::end);
    return std::move(tokens_);
  }

 private:
  std::size_t next_begin() const {
    for (std::size_t at = 0; (at = rest_.find('{', at)) != rest_.npos; ++at)
      if (at + 1 < rest_.size() && std::string_view("{%#").find(rest_[at + 1]) != std::string_view::npos) return at;
    return rest_.size();
  }

  /// What of the text in front of a tag stays.
  std::string_view kept(std::string_view text, char kind, char sign) const {
    if (sign == '-') return strip(text, nullptr, false, true);
    if (sign == '+' || kind == '{') return text;
    const std::size_t line = text.rfind('\n') + 1;
    return (line > 0 || line_starts_) && all_space(text.substr(line)) ? text.substr(0, line) : text;
  }

  void add(Token::Kind kind, std::string value = {}) { tokens_.push_back({kind, line_, std::move(value)}); }
  void add_data(std::string_view text, std::size_t length) {
    if (!text.empty()) add(Token::data, std::string(text));
    take(length);
  }
  void take(std::size_t count) {
    line_ += static_cast<int>(std::count(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(count), '\n'));
    if (count > 0) line_starts_ = rest_[count - 1] == '\n';
    rest_.remove_prefix(count);
  }
  void take_space() { take(rest_.size() - strip(rest_, nullptr, true, false).size()); }
  [[noreturn]] void refuse(int line, const std::string& what) const { fail("line {}: {}", line, what); }

  /// Takes the end of a tag or comment with what it takes away after it; false where there is none.
  bool close(std::string_view end) {
    if (rest_.starts_with(end)) {
      take(end.size());
      if (end != "}}" && rest_.starts_with('\n')) take(1);
    } else if (rest_.size() > end.size() && rest_[0] == '-' && rest_.substr(1).starts_with(end)) {
      take(1 + end.size());
      take_space();
    } else if (end != "}}" && rest_.size() > end.size() && rest_[0] == '+' && rest_.substr(1).starts_with(end)) {
      take(1 + end.size());
    } else {
      return false;
    }
    return true;
  }

  void comment() {
    const int line = line_;
    const std::size_t end = rest_.find("#}");
    if (end == rest_.npos) refuse(line, "a comment has no end #}");
    const bool signed_end = end > 0 && (rest_[end - 1] == '-' || rest_[end - 1] == '+');
    take(end - (signed_end ? 1 : 0));
    close("#}");
  }

  /// {% raw %} with its text; false where another tag begins.
  bool raw() {
    const std::string_view opening = strip(rest_, nullptr, true, false);
    if (!opening.starts_with("raw")) return false;
    std::string_view after = strip(opening.substr(3), nullptr, true, false);
    const bool strips = after.starts_with("-%}");
    if (!strips && !after.starts_with("%}")) return false;
    const int line = line_;
    take(rest_.size() - after.size() + (strips ? 3 : 2));
    if (strips) take_space();
    for (std::size_t at = 0; (at = rest_.find("{%", at)) != rest_.npos; ++at) {
      const char sign = at + 2 < rest_.size() ? rest_[at + 2] : ' ';
      std::string_view tag = rest_.substr(at + 2 + (sign == '-' || sign == '+'));
      tag = strip(tag, nullptr, true, false);
      if (!tag.starts_with("endraw")) continue;
      tag = strip(tag.substr(6), nullptr, true, false);
      if (!tag.starts_with("%}") && !tag.starts_with("-%}") && !tag.starts_with("+%}")) continue;
      const std::size_t length = rest_.size() - tag.size();
      add_data(kept(rest_.substr(0, at), '%', sign), length);
      return close("%}");
    }
    refuse(line, "{% raw %} has no {% endraw %}");
  }

  void inside(Token::Kind begin, Token::Kind end, std::string_view closing) {
    const int line = line_;
    add(begin);
    for (std::string open;;) {
      take_space();
      if (rest_.empty()) refuse(line, fmt::format("a tag has no end {}", closing));
      const int at = line_;
      if (open.empty() && close(closing)) {
        tokens_.push_back({end, at, {}});
        return;
      }
      expression_token(open);
    }
  }

  void expression_token(std::string& open) {
    const char c = rest_[0];
    if (name_start(c)) {
      std::size_t length = 1;
      while (length < rest_.size() && (name_start(rest_[length]) || is_digit(rest_[length]))) ++length;
      add(Token::name, std::string(rest_.substr(0, length)));
      take(length);
    } else if (is_digit(c)) {
      take(read_number(rest_, line_, tokens_));
    } else if (c == '\'' || c == '"') {
      take(read_text(rest_, line_, tokens_));
    } else {
      sign(open);
    }
  }

  void sign(std::string& open) {
    static constexpr std::string_view doubles[] = {"//", "**", "==", "!=", ">=", "<="};
    std::string_view value = rest_.substr(0, 1);
    for (const std::string_view two : doubles)
      if (rest_.starts_with(two)) value = two;
    if (value.size() == 1 && std::string_view("+-/*%~[](){}=<>.:|,;").find(value[0]) == std::string_view::npos)
      refuse(line_,
             fmt::format("unexpected character \"{}\"", shortened(rest_.substr(0, character_at(rest_, 0).length))));
    const std::size_t opens = std::string_view("([{").find(value), closes = std::string_view(")]}").find(value);
    if (opens != std::string_view::npos) open += ")]}"[opens];
    if (closes != std::string_view::npos) {
      if (open.empty() || open.back() != value[0]) refuse(line_, fmt::format("unexpected \"{}\"", value));
      open.pop_back();
    }
    add(Token::sign, std::string(value));
    take(value.size());
  }

  std::string text_;
  std::string_view rest_;
  std::vector<Token> tokens_;
  int line_ = 1;
  bool line_starts_ = true;
};

}  // namespace

std::vector<Token> tokenize(std::string_view source) { return Lexer(source).run(); }

std::string describe(const Token& token) {
  switch (token.kind) {
    case Token::data: return "text outside of tags";
    case Token::begin_tag: return "{%";
    case Token::end_tag: return "the end of the tag";
    case Token::begin_value: return "{{";
    case Token::end_value: return "}}";
    case Token::text: return fmt::format("the text '{}'", shortened(token.value, 40));
    case Token::integer: return fmt::format("{}", token.whole);
    case Token::real: return fmt::format("{}", token.number);
    case Token::end: return "the end of the template";
    default: return fmt::format("\"{}\"", shortened(token.value, 40));
  }
}

}  // namespace adora::jinja
