#include "utf8.h"

namespace adora {

std::size_t utf8_character(std::string_view bytes, std::size_t at) {
  auto byte = [&](std::size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u; };
  unsigned first = byte(at);
  if (first < 0x80) return at < bytes.size() ? 1 : 0;
  std::size_t length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
  if (length == 0) return 0;
  // The second byte's range excludes overlong forms, surrogates and what lies above U+10FFFF.
  unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  unsigned high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (byte(at + 1) < low || byte(at + 1) > high) return 0;
  for (std::size_t k = 2; k < length; ++k) {
    if (byte(at + k) < 0x80 || byte(at + k) > 0xBF) return 0;
  }
  return length;
}

std::size_t find_invalid_utf8(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    std::size_t length = utf8_character(bytes, at);
    if (length == 0) return at;
    at += length;
  }
  return bytes.npos;
}

}  // namespace adora
