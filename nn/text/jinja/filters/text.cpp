// Filters that make texts.
#include "../../../../core/error.h"
#include "../access.h"
#include "../arithmetic.h"
#include "../callables.h"
#include "../characters.h"
#include "../represent.h"

namespace adora::jinja {
namespace {

Value trim(Run& run, const Value& value, const Arguments& arguments) {
  const auto [characters] = arguments.bind("trim", {"chars"});
  const std::string* set = characters && !characters->is_none() ? &text_of(characters, "trim", "chars") : nullptr;
  return std::string(strip(to_text(run, value), set, true, true));
}

template <std::string (*change)(std::string_view)>
Value changed(Run& run, const Value& value, const Arguments& arguments) {
  arguments.none("the filter");
  return change(to_text(run, value));
}

/// Each word's first letter large and the others small; words begin after white space and opening brackets.
std::string title(std::string_view text) {
  std::string result;
  for (std::size_t start = 0, at = 0; at < text.size();) {
    const auto begins = [&](std::size_t place) {
      const char32_t code = character_at(text, place).code;
      return is_space(code) || (code < 128 && std::string_view("-({[<").find(static_cast<char>(code)) != text.npos);
    };
    const bool separator = begins(at);
    at += character_at(text, at).length;
    while (at < text.size() && begins(at) == separator) at += character_at(text, at).length;
    result += capitalize(text.substr(start, at - start));
    start = at;
  }
  return result;
}

Value replace(Run& run, const Value& value, const Arguments& arguments) {
  const auto [old, by, count] = arguments.bind("replace", {"old", "new", "count"});
  const Arguments given{{Value(to_text(run, required(old, "replace", "old"))),
                         Value(to_text(run, required(by, "replace", "new"))),
                         count && !count->is_none() ? *count : Value(-1)}};
  return call(run, *find_method(to_text(run, value), "replace"), given);
}

Value join(Run& run, const Value& value, const Arguments& arguments) {
  const auto [between, attribute] = arguments.bind("join", {"d", "attribute"});
  const std::string separator = between ? to_text(run, *between) : std::string();
  const auto all = iterate(run, value);
  std::string result;
  for (std::size_t i = 0; i < all->size(); ++i) {
    if (i > 0) result += separator;
    const Value& one = (*all)[i];
    result += to_text(run, attribute && !attribute->is_none() ? follow(run, one, *attribute) : one);
    check_length(result.size());
  }
  return result;
}

Value indent(Run& run, const Value& value, const Arguments& arguments) {
  const auto [width, first, blank] = arguments.bind("indent", {"width", "first", "blank"});
  check(value.is_text(), "indent is for a text, not a value of the type {}", value.type());
  std::string by(4, ' ');
  if (width && width->is_text()) by = *width->text();
  else if (width) by = *arithmetic(run, "*", " ", *width).text();
  const std::string text = *value.text() + "\n";
  std::string result;
  if (flag_of(first, false)) result = by;
  const auto lines = split_lines(text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) result += "\n";
    if (i > 0 && (flag_of(blank, false) || !lines[i].empty())) result += by;
    result += lines[i];
    check_length(result.size());
  }
  return result;
}

Value tojson(Run& run, const Value& value, const Arguments& arguments) {
  const auto [ascii, indent, separators, sort_keys] =
      arguments.bind("tojson", {"ensure_ascii", "indent", "separators", "sort_keys"});
  JsonStyle style{.ascii = flag_of(ascii, false), .sort_keys = flag_of(sort_keys, false)};
  std::string by;
  if (indent && !indent->is_none()) {
    by = indent->is_text() ? *indent->text() : *arithmetic(run, "*", " ", *indent).text();
    style.indent = &by;
    style.comma.pop_back();
  }
  if (separators && !separators->is_none()) {
    const auto both = iterate(run, *separators);
    check(both->size() == 2, "tojson: its argument separators must be two texts");
    style.comma = text_of(&(*both)[0], "tojson", "separators");
    style.colon = text_of(&(*both)[1], "tojson", "separators");
  }
  return to_json(run, value, style);
}

Value format(Run& run, const Value& value, const Arguments& arguments) {
  Mapping named;
  for (const auto& [name, one] : arguments.named) named.set(name, one);
  check(named.size() == 0 || arguments.positional.empty(), "format takes values with names or without, not both");
  const Value values = named.size() > 0 ? Value(named) : Value(Sequence{arguments.positional, Sequence::tuple});
  return format_percent(run, to_text(run, value), values);
}

Value string(Run& run, const Value& value, const Arguments& arguments) {
  arguments.none("string");
  return to_text(run, value);
}

/// Texts are not escaped here, so that nothing is to be done for those that are safe.
Value safe(Run& run, const Value& value, const Arguments& arguments) { return string(run, value, arguments); }

const RegisterFilter filters[] = {
    {"trim", trim},
    {"upper", changed<to_upper>},
    {"lower", changed<to_lower>},
    {"capitalize", changed<capitalize>},
    {"title", changed<title>},
    {"replace", replace},
    {"join", join},
    {"indent", indent},
    {"tojson", tojson},
    {"format", format},
    {"string", string},
    {"safe", safe},
};

}  // namespace
}  // namespace adora::jinja
