#pragma once
// Not in adora.h: the library's own.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace adora {

/// The code point that begins at a byte of valid UTF-8, and the bytes that it takes.
struct CodePoint {
  std::uint32_t value = 0;
  std::size_t bytes = 0;
};
CodePoint code_point(std::string_view text, std::size_t at);
/// The one that ends before `end`, which is above 0.
CodePoint code_point_before(std::string_view text, std::size_t end);
void append_utf8(std::string& text, std::uint32_t value);

// Of utf8proc's version of Unicode; Hugging Face's tables are older in places (of Unicode 8 for punctuation).
bool is_space(std::uint32_t c);        ///< White_Space
bool is_numeric(std::uint32_t c);      ///< category N
bool is_punctuation(std::uint32_t c);  ///< category P, and ASCII's symbols
bool is_mark(std::uint32_t c);         ///< category M
bool is_word(std::uint32_t c);         ///< Alphabetic, marks, decimal digits, connectors and joiners

/// Bytes as UTF-8: each longest beginning of a character that isn't one becomes U+FFFD, as does each other byte.
std::string replace_invalid_utf8(std::string_view bytes);

}  // namespace adora
