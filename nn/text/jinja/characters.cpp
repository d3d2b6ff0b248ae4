#include "characters.h"

#include <string.h>
#include <utf8proc.h>

#include <algorithm>

#include "../../../core/error.h"
#include "../unicode.h"

namespace adora::jinja {
namespace {

char32_t upper(char32_t c) { return static_cast<char32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(c))); }

char32_t lower(char32_t c) { return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))); }

template <class F> std::string mapped(std::string_view text, F&& f) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto [code, length] = character_at(text, at);
    append_character(result, f(code));
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
  const CodePoint found = code_point(text, at);
  return {found.value, found.bytes};
}

void append_character(std::string& text, char32_t code) {
  check(code < 0x110000 && (code < 0xD800 || code > 0xDFFF), "there is no character U+{:04X}",
        static_cast<std::uint32_t>(code));
  append_utf8(text, code);
}

bool is_space(char32_t c) {
  // Python takes in the separators of files and records.
  return adora::is_space(static_cast<std::uint32_t>(c)) || (c >= 0x1C && c <= 0x1F);
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
    const CodePoint last = code_point_before(text, text.size());
    if (!goes(last.value)) break;
    text.remove_suffix(last.bytes);
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
  const utf8proc_category_t kind = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_LO;
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
