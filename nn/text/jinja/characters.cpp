#include "characters.h"

#include <locale.h>
#include <string.h>
#include <wctype.h>

#include <algorithm>

#include "../../../core/error.h"
#include "../../../core/utf8.h"

namespace adora::jinja {
namespace {

/// Letters beyond ASCII follow the C library's tables, whatever language the program's user has.
locale_t letters() {
  static const locale_t tables = [] {
    for (const char* name : {"C.UTF-8", "en_US.UTF-8", ""})
      if (const locale_t found = newlocale(LC_CTYPE_MASK, name, locale_t{})) return found;
    return locale_t{};
  }();
  check(tables != locale_t{}, "this system has no table of the letters beyond ASCII");
  return tables;
}

char32_t upper(char32_t c) {
  if (c < 128) return c >= 'a' && c <= 'z' ? c - 32 : c;
  return static_cast<char32_t>(towupper_l(static_cast<wint_t>(c), letters()));
}

char32_t lower(char32_t c) {
  if (c < 128) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  return static_cast<char32_t>(towlower_l(static_cast<wint_t>(c), letters()));
}

template <class F> std::string mapped(std::string_view text, F&& f) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto [code, length] = character_at(text, at);
    if (code < 128) result += static_cast<char>(f(code));
    else append_character(result, f(code));
    at += length;
  }
  return result;
}

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

bool ends_line(char32_t c) {
  return (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 || c == 0x2029;
}

}  // namespace

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); }));
}

std::vector<std::size_t> character_starts(std::string_view text) {
  std::vector<std::size_t> starts;
  for (std::size_t at = 0; at < text.size(); ++at)
    if (!continues(text[at])) starts.push_back(at);
  starts.push_back(text.size());
  return starts;
}

Character character_at(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 128) return {first, 1};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  char32_t code = first & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length && at + i < text.size(); ++i)
    code = code << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3F);
  return {code, length};
}

void append_character(std::string& text, char32_t code) {
  const auto put = [&](char32_t byte) { text += static_cast<char>(byte); };
  check(code < 0x110000 && (code < 0xD800 || code > 0xDFFF), "there is no character U+{:04X}",
        static_cast<std::uint32_t>(code));
  if (code < 0x80) return put(code);
  if (code < 0x800) return put(0xC0 | code >> 6), put(0x80 | (code & 0x3F));
  if (code < 0x10000) put(0xE0 | code >> 12);
  else put(0xF0 | code >> 18), put(0x80 | (code >> 12 & 0x3F));
  put(0x80 | (code >> 6 & 0x3F)), put(0x80 | (code & 0x3F));
}

bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

std::string_view strip(std::string_view text, const std::string* set, bool left, bool right) {
  std::u32string codes;
  for (std::size_t at = 0; set && at < set->size();) {
    const auto [code, length] = character_at(*set, at);
    codes += code, at += length;
  }
  const auto goes = [&](char32_t c) { return set ? codes.find(c) != codes.npos : is_space(c); };
  while (left && !text.empty()) {
    const auto [code, length] = character_at(text, 0);
    if (!goes(code)) break;
    text.remove_prefix(length);
  }
  while (right && !text.empty()) {
    std::size_t at = text.size() - 1;
    while (at > 0 && continues(text[at])) --at;
    if (!goes(character_at(text, at).code)) break;
    text = text.substr(0, at);
  }
  return text;
}

std::string to_upper(std::string_view text) {
  // The one letter in common use that two stand for.
  if (std::string_view sharp = "\u00DF"; text.find(sharp) != text.npos) {
    std::string result;
    for (std::size_t from = 0, at; from <= text.size(); from = at + sharp.size()) {
      at = std::min(text.find(sharp, from), text.size());
      result += mapped(text.substr(from, at - from), upper);
      if (at < text.size()) result += "SS";
    }
    return result;
  }
  return mapped(text, upper);
}

std::string to_lower(std::string_view text) { return mapped(text, lower); }

std::string capitalize(std::string_view text) {
  if (text.empty()) return "";
  const std::size_t first = character_at(text, 0).length;
  return to_upper(text.substr(0, first)) + to_lower(text.substr(first));
}

bool is_letter(char32_t c) {
  if (c < 128) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return iswalpha_l(static_cast<wint_t>(c), letters()) != 0;
}
bool is_upper(char32_t c) { return is_letter(c) && lower(c) != c; }
bool is_lower(char32_t c) { return is_letter(c) && (upper(c) != c || c == 0xDF); }

std::size_t find_text(std::string_view text, std::string_view part, std::size_t from) {
  if (from > text.size()) return std::string_view::npos;
  if (part.empty()) return from;
  if (text.size() == from) return std::string_view::npos;
  // The C library's takes linear time; std::string's may take the product of the lengths.
  const void* found = memmem(text.data() + from, text.size() - from, part.data(), part.size());
  return found ? static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) : std::string_view::npos;
}

std::vector<std::string_view> split_lines(std::string_view text, bool keep_ends) {
  std::vector<std::string_view> lines;
  for (std::size_t start = 0, at = 0; at < text.size();) {
    auto [code, length] = character_at(text, at);
    if (ends_line(code)) {
      if (code == '\r' && text.substr(at + 1).starts_with('\n')) length = 2;
      lines.push_back(text.substr(start, at - start + (keep_ends ? length : 0)));
      start = at + length;
    }
    at += length;
    if (at >= text.size() && start < text.size()) lines.push_back(text.substr(start));
  }
  return lines;
}

void check_length(std::size_t count, std::size_t size) {
  check(size == 0 || count <= longest_text / size, "a text or list of more than {} bytes is made", longest_text);
}

}  // namespace adora::jinja
