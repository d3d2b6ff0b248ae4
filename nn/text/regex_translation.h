#pragma once
// Not in adora.h: the library's own.
#include <string>
#include <string_view>

#include "../../core/error.h"
#include "../../core/utf8.h"

namespace adora {

/// What goes through a regular expression of another dialect and writes the same as PCRE2 has it.
class RegexTranslation {
 protected:
  /// Throws `Error` beginning with `where` unless the text is UTF-8; both must outlive this.
  RegexTranslation(std::string_view text, const std::string& where) : text_(text), where_(where) {
    const std::size_t invalid = find_invalid_utf8(text_);
    check(invalid == text_.npos, "{}: a regular expression is not UTF-8 at byte {}", where_, invalid);
  }

  [[noreturn]] void refuse(std::string_view what) const {
    fail("{}: the regular expression {} has {}, which is not understood here", where_, shortened(text_, 60),
         shortened(what, 40));
  }

  /// A null byte behind the end.
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  void copy(std::size_t bytes) {
    out_ += text_.substr(at_, bytes);
    at_ += bytes;
  }
  /// Copies a character, as itself where its letter would mean something.
  void literal() { copy(utf8_character(text_, at_)); }

  std::string_view text_;
  const std::string& where_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace adora
