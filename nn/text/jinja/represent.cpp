#include "represent.h"

#include <cmath>

#include "../../../core/error.h"
#include "characters.h"
#include "run.h"

namespace adora::jinja {
namespace {

constexpr int deepest = 200;

bool printable_character(char32_t c) {
  if (c < 0x20 || (c >= 0x7F && c <= 0xA0) || c == 0xAD) return false;
  // What Unicode has as separators, formats and private ones.
  if (c > 0x7F && is_space(c)) return false;
  return !((c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
           c == 0xFEFF || (c >= 0xE000 && c <= 0xF8FF) || c >= 0xE0000);
}

std::string in_quotes(std::string_view text) {
  const char quote = text.find('\'') != text.npos && text.find('"') == text.npos ? '"' : '\'';
  std::string result(1, quote);
  for (std::size_t at = 0; at < text.size();) {
    const auto [code, length] = character_at(text, at);
    if (code == '\\' || code == static_cast<char32_t>(quote)) (result += '\\') += text[at];
    else if (code == '\n') result += "\\n";
    else if (code == '\r') result += "\\r";
    else if (code == '\t') result += "\\t";
    else if (printable_character(code)) result += text.substr(at, length);
    else if (code < 0x100) result += fmt::format("\\x{:02x}", static_cast<std::uint32_t>(code));
    else if (code < 0x10000) result += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(code));
    else result += fmt::format("\\U{:08x}", static_cast<std::uint32_t>(code));
    at += length;
  }
  return result + quote;
}

std::string mapping_repr(Run& run, const Mapping& mapping, int level) {
  std::string result = "{";
  for (const auto& [key, value] : mapping.entries()) {
    if (result.size() > 1) result += ", ";
    result += to_repr(run, key, level + 1) + ": " + to_repr(run, value, level + 1);
    check_length(result.size());
  }
  return result + "}";
}

std::string sequence_repr(Run& run, const Sequence& sequence, const std::string& type, int level) {
  check(sequence.form != Sequence::generator, "a generator can't be printed: the filter list makes a list of it");
  if (sequence.form == Sequence::range) {
    const auto& all = sequence.elements;
    const std::int64_t first = all.empty() ? 0 : *all.front().integer();
    const std::int64_t step = all.size() < 2 ? 1 : *all[1].integer() - first;
    const std::int64_t stop = all.empty() ? 0 : *all.back().integer() + (step > 0 ? 1 : -1);
    check(step == 1, "a range with a step can't be printed: the filter list makes a list of it");
    return fmt::format("range({}, {})", first, stop);
  }
  std::string result;
  for (const Value& one : sequence.elements) {
    if (!result.empty()) result += ", ";
    result += to_repr(run, one, level + 1);
    check_length(result.size());
  }
  if (sequence.form == Sequence::list) return "[" + result + "]";
  if (sequence.form != Sequence::tuple) return type + "([" + result + "])";
  return "(" + result + (sequence.elements.size() == 1 ? ",)" : ")");
}

}  // namespace

std::string real_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  const std::string digits = fmt::format("{}", value);
  return digits.find_first_of(".e") == digits.npos ? digits + ".0" : digits;
}

std::string to_text(Run& run, const Value& value, int level) {
  if (const std::string* text = value.text()) return *text;
  if (value.is_undefined()) return "";
  return to_repr(run, value, level);
}

std::string to_repr(Run& run, const Value& value, int level) {
  check(level < deepest, "a value is printed that is nested deeper than {} levels", deepest);
  run.spend(1);
  if (const std::string* text = value.text()) return run.spend_bytes(*text), in_quotes(*text);
  if (value.is_none()) return "None";
  if (value.is_undefined()) return "Undefined";
  if (const auto* boolean = value.get<bool>()) return *boolean ? "True" : "False";
  if (const auto* whole = value.get<std::int64_t>()) return fmt::format("{}", *whole);
  if (const auto* real = value.get<double>()) return real_text(*real);
  if (const Mapping* mapping = value.mapping()) return mapping_repr(run, *mapping, level);
  if (const Sequence* sequence = value.sequence()) return sequence_repr(run, *sequence, value.type(), level);
  return (*value.get<std::shared_ptr<Object>>())->text(run, level);
}

}  // namespace adora::jinja
