#include "unicode.h"

#include <utf8proc.h>

#include "../../core/utf8.h"

namespace adora {
namespace {

utf8proc_category_t category(std::uint32_t c) { return utf8proc_category(static_cast<utf8proc_int32_t>(c)); }

bool between(std::uint32_t c, std::uint32_t low, std::uint32_t high) { return c >= low && c <= high; }

unsigned byte_at(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

/// Bytes of a character's beginning at `at` that more could follow, where the character itself is cut off or broken.
std::size_t broken_character(std::string_view bytes, std::size_t at) {
  // What would complete it, so that the first bytes alone are looked at.
  const std::size_t rest = bytes.size() - at;
  for (std::size_t kept = rest < 3 ? rest : 3; kept > 1; --kept) {
    for (const char* end : {"\x80", "\xbf", "\x80\x80", "\xbf\xbf"}) {
      const std::string whole = std::string(bytes.substr(at, kept)) + end;
      if (utf8_character(whole, 0) == whole.size()) return kept;
    }
  }
  return 1;
}

}  // namespace

CodePoint code_point(std::string_view text, std::size_t at) {
  const unsigned first = byte_at(text, at);
  if (first < 0x80) return {first, 1};
  const auto next = [&](std::size_t i) { return at + i < text.size() ? byte_at(text, at + i) & 0x3f : 0; };
  if (first < 0xe0) return {(first & 0x1f) << 6 | next(1), 2};
  if (first < 0xf0) return {(first & 0x0f) << 12 | next(1) << 6 | next(2), 3};
  return {(first & 0x07) << 18 | next(1) << 12 | next(2) << 6 | next(3), 4};
}

CodePoint code_point_before(std::string_view text, std::size_t end) {
  std::size_t at = end - 1;
  while (at > 0 && (byte_at(text, at) & 0xc0) == 0x80) --at;
  return code_point(text, at);
}

void append_utf8(std::string& text, std::uint32_t value) {
  utf8proc_uint8_t bytes[4];
  const auto count = utf8proc_encode_char(static_cast<utf8proc_int32_t>(value), bytes);
  text.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(count));
}

bool is_space(std::uint32_t c) {
  if (c < 0x80) return c == ' ' || between(c, '\t', '\r');
  return c == 0x85 || c == 0xa0 || c == 0x1680 || between(c, 0x2000, 0x200a) || c == 0x2028 || c == 0x2029 ||
         c == 0x202f || c == 0x205f || c == 0x3000;
}

bool is_numeric(std::uint32_t c) {
  if (c < 0x80) return between(c, '0', '9');
  const auto kind = category(c);
  return kind == UTF8PROC_CATEGORY_ND || kind == UTF8PROC_CATEGORY_NL || kind == UTF8PROC_CATEGORY_NO;
}

bool is_punctuation(std::uint32_t c) {
  if (c < 0x80) return between(c, '!', '/') || between(c, ':', '@') || between(c, '[', '`') || between(c, '{', '~');
  return between(category(c), UTF8PROC_CATEGORY_PC, UTF8PROC_CATEGORY_PO);
}

bool is_mark(std::uint32_t c) { return between(category(c), UTF8PROC_CATEGORY_MN, UTF8PROC_CATEGORY_ME); }

bool is_word(std::uint32_t c) {
  const auto kind = category(c);
  return between(kind, UTF8PROC_CATEGORY_LU, UTF8PROC_CATEGORY_LO) || is_mark(c) || kind == UTF8PROC_CATEGORY_ND ||
         kind == UTF8PROC_CATEGORY_NL || kind == UTF8PROC_CATEGORY_PC || c == 0x200c || c == 0x200d ||
         // Letters in circles and squares, which are symbols and Alphabetic.
         between(c, 0x24b6, 0x24e9) || between(c, 0x1f130, 0x1f149) || between(c, 0x1f150, 0x1f169) ||
         between(c, 0x1f170, 0x1f189);
}

std::string replace_invalid_utf8(std::string_view bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = utf8_character(bytes, at);
    if (length > 0) text += bytes.substr(at, length);
    else text += "\xef\xbf\xbd";
    at += length > 0 ? length : broken_character(bytes, at);
  }
  return text;
}

}  // namespace adora
