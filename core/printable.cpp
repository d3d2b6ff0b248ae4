#include "printable.h"

#include <fmt/core.h>

#include <algorithm>

#include "utf8.h"

namespace adora {
namespace {

char32_t code_point(std::string_view character) {
  constexpr unsigned char first_byte[] = {0, 0x7f, 0x1f, 0x0f, 0x07};  // its bits that count, by the length
  char32_t code = static_cast<unsigned char>(character[0]) & first_byte[character.size()];
  for (const char c : character.substr(1)) code = code << 6 | (static_cast<unsigned char>(c) & 0x3f);
  return code;
}

/// Whether a terminal would do something with it instead of showing it.
bool is_control(char32_t code) {
  const bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
  const bool line_end = code == 0x2028 || code == 0x2029;
  const bool direction = code == 0x061c || code == 0x200e || code == 0x200f || (code >= 0x202a && code <= 0x202e) ||
                         (code >= 0x2066 && code <= 0x2069);
  return control || line_end || direction || code == 0xfeff;  // the last is a byte-order mark
}

std::string escape(char32_t code) {
  switch (code) {
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: return fmt::format("\\u{:04x}", static_cast<unsigned>(code));
  }
}

}  // namespace

std::string printable(std::string_view bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = utf8_character(bytes, at);
    if (length == 0) {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes[at++]));
      continue;
    }
    const std::string_view character = bytes.substr(at, length);
    const char32_t code = code_point(character);
    if (is_control(code)) text += escape(code);
    else text += character;
    at += length;
  }
  return text;
}

std::string shortened(std::string_view bytes, std::size_t most) {
  if (bytes.size() <= most) return printable(bytes);
  std::size_t end = 0;
  for (std::size_t next = 0; next <= most; next += std::max<std::size_t>(utf8_character(bytes, next), 1)) end = next;
  return printable(bytes.substr(0, end)) + "…";
}

}  // namespace adora
