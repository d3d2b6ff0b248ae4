#include "config_file.h"

#include <fmt/core.h>
#include <toml++/toml.h>

#include <algorithm>

#include "../../core/error.h"
#include "../../nn/io/file.h"

namespace adora::programs {

namespace {

// The value as a word of the command line; nothing where it is of no kind that an option has.
std::string word_of(const toml::node& node, const std::string& where) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* whole = node.as_integer()) return fmt::format("{}", whole->get());
  if (const auto* number = node.as_floating_point()) return fmt::format("{}", number->get());
  if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
  fail("{}: expected a text, a number, true, false, or a list of such", where);
}

std::string value_of(const toml::node& node, const std::string& where) {
  const toml::array* list = node.as_array();
  if (!list) return word_of(node, where);
  std::string words;
  for (const toml::node& one : *list) {
    const std::string word = word_of(one, where);
    check(word.find(',') == word.npos, "{}: \"{}\": has a comma, which separates the words of a list", where,
          shortened(word));
    words += (words.empty() ? "" : ",") + word;
  }
  return words;
}

}  // namespace

std::vector<ConfigEntry> read_config_file(const std::string& path) {
  constexpr std::uint64_t most_bytes = 1 << 20;
  const std::string text = read_file(path, most_bytes);
  // A key with thousands of dots is a table as deep, which the library under this takes apart by recursion.
  constexpr std::ptrdiff_t most_dots = 4096;
  check(std::count(text.begin(), text.end(), '.') <= most_dots,
        "{}: has more than {} dots; options have names without any, and numbers and paths with few", path, most_dots);
  toml::table table;
  try {
    table = toml::parse(text);
  } catch (const toml::parse_error& error) {
    fail("{}: line {}: is no TOML: {}", path, error.source().begin.line, error.description());
  }
  std::vector<ConfigEntry> entries;
  for (const auto& [key, node] : table) {
    ConfigEntry entry{std::string(key.str()), "", key.source().begin.line};
    const std::string where = fmt::format("{}: line {}: {}", path, entry.line, shortened(entry.name));
    check(!node.is_table() && !node.is_array_of_tables(), "{}: is a table; options stand by themselves, NAME = VALUE",
          where);
    entry.value = value_of(node, where);
    check(entry.value.find('\0') == std::string::npos, "{}: has a zero byte in it", where);
    entries.push_back(std::move(entry));
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const ConfigEntry& a, const ConfigEntry& b) { return a.line < b.line; });
  return entries;
}

}  // namespace adora::programs
