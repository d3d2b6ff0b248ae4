#pragma once
// Not in adora.h: the library's own.
#include <cstddef>
#include <string_view>

namespace adora {

/// Bytes of the character that begins at `bytes[at]`, or 0 where none does: UTF-8 without overlong
/// forms, surrogates, or anything above U+10FFFF.
std::size_t utf8_character(std::string_view bytes, std::size_t at);

/// The position of the first byte that belongs to no UTF-8 character; npos where all do.
std::size_t find_invalid_utf8(std::string_view bytes);

}  // namespace adora
