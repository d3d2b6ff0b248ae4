#pragma once
// Not in adora.h: the library's own.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace adora::jinja {

/// Text as Python sees it: counted in characters, not bytes. Every text here is valid UTF-8.
std::size_t count_characters(std::string_view text);
/// Where the characters begin, and the text's end.
std::vector<std::size_t> character_starts(std::string_view text);
/// The code point that begins at `at`, and its length in bytes.
struct Character {
  char32_t code;
  std::size_t length;
};
Character character_at(std::string_view text, std::size_t at);
void append_character(std::string& text, char32_t code);

/// Python's str.isspace, of one character.
bool is_space(char32_t code);
/// Without the characters of `set` at its ends, or without white space where `set` is null.
std::string_view strip(std::string_view text, const std::string* set, bool left, bool right);

std::string to_upper(std::string_view text);
std::string to_lower(std::string_view text);
/// The first character in upper case, and the others in lower case.
std::string capitalize(std::string_view text);
bool is_letter(char32_t code);
bool is_upper(char32_t code);
bool is_lower(char32_t code);

/// Where `part` begins in `text` from `from` on, or npos; in a time that grows with the two lengths alone.
std::size_t find_text(std::string_view text, std::string_view part, std::size_t from = 0);

/// The lines without their ends, as str.splitlines has them, or with.
std::vector<std::string_view> split_lines(std::string_view text, bool keep_ends = false);

/// The longest text that a template may make; a longer one is an error.
constexpr std::size_t longest_text = std::size_t{1} << 26;
/// An error where `count` times `size` bytes are longer than that.
void check_length(std::size_t count, std::size_t size = 1);

}  // namespace adora::jinja
