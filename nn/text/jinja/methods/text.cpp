// The methods of texts that change or look through them.
#include "../../../../core/error.h"
#include "../access.h"
#include "../arithmetic.h"
#include "../callables.h"
#include "../characters.h"
#include "../represent.h"

namespace adora::jinja {
namespace {

const std::string& self(const Value& value) { return *value.text(); }

template <bool left, bool right> Value stripped(Run&, const Value& value, const Arguments& arguments) {
  const auto [characters] = arguments.bind("strip", {"chars"});
  const std::string* set = characters && !characters->is_none() ? &text_of(characters, "strip", "chars") : nullptr;
  return std::string(strip(self(value), set, left, right));
}

template <std::string (*change)(std::string_view)> Value changed(Run&, const Value& value, const Arguments& arguments) {
  arguments.none("the method");
  return change(self(value));
}

/// Letters after what is no letter large, the others small.
std::string title(std::string_view text) {
  std::string result;
  bool within = false;
  for (std::size_t at = 0; at < text.size();) {
    const auto [code, length] = character_at(text, at);
    const std::string_view one = text.substr(at, length);
    result += within ? to_lower(one) : to_upper(one);
    within = is_letter(code);
    at += length;
  }
  return result;
}

std::string swapcase(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const auto [code, length] = character_at(text, at);
    const std::string_view one = text.substr(at, length);
    result += is_upper(code) ? to_lower(one) : to_upper(one);
    at += length;
  }
  return result;
}

template <bool at_end> Value begins_or_ends(Run&, const Value& value, const Arguments& arguments) {
  const auto [part] = arguments.bind(at_end ? "endswith" : "startswith", {at_end ? "suffix" : "prefix"});
  const auto fits = [&](const Value& one) {
    const std::string& wanted = text_of(&one, at_end ? "endswith" : "startswith", "prefix or suffix");
    return at_end ? self(value).ends_with(wanted) : self(value).starts_with(wanted);
  };
  const Sequence* several = part ? part->sequence() : nullptr;
  if (!several || several->form != Sequence::tuple) return fits(required(part, "startswith", "prefix"));
  for (const Value& one : several->elements)
    if (fits(one)) return true;
  return false;
}

Value replace(Run&, const Value& value, const Arguments& arguments) {
  const auto [old, by, count] = arguments.bind("replace", {"old", "new", "count"});
  const std::string &text = self(value), &from = text_of(old, "replace", "old"), &to = text_of(by, "replace", "new");
  std::int64_t left = count ? integer_of(count, "replace", "count") : -1;
  std::string result;
  std::size_t at = 0;
  while (left != 0) {
    const std::size_t found = find_text(text, from, at);
    if (found == text.npos) break;
    result.append(text, at, found - at).append(to);
    check_length(result.size());
    at = found + from.size();
    --left;
    if (!from.empty()) continue;
    // Nothing stands between any two characters, and at the end once.
    if (at == text.size()) break;
    const std::size_t length = character_at(text, at).length;
    result.append(text, at, length);
    at += length;
  }
  result.append(text, std::min(at, text.size()));
  check_length(result.size());
  return result;
}

Value join(Run& run, const Value& value, const Arguments& arguments) {
  const auto [iterable] = arguments.bind("join", {"iterable"});
  std::string result;
  bool first = true;
  const auto elements = iterate(run, required(iterable, "join", "iterable"));
  for (const Value& one : *elements) {
    if (!std::exchange(first, false)) result += self(value);
    result += text_of(&one, "join", "iterable");
    check_length(result.size());
  }
  return result;
}

Value removed(const Value& value, const std::string& part, bool at_end) {
  const std::string& text = self(value);
  if (at_end) return text.ends_with(part) ? text.substr(0, text.size() - part.size()) : text;
  return text.starts_with(part) ? text.substr(part.size()) : text;
}
Value remove_prefix(Run&, const Value& value, const Arguments& arguments) {
  const auto [part] = arguments.bind("removeprefix", {"prefix"});
  return removed(value, text_of(part, "removeprefix", "prefix"), false);
}
Value remove_suffix(Run&, const Value& value, const Arguments& arguments) {
  const auto [part] = arguments.bind("removesuffix", {"suffix"});
  return removed(value, text_of(part, "removesuffix", "suffix"), true);
}

enum class Where { left, right, center };

template <Where where> Value padded(Run&, const Value& value, const Arguments& arguments) {
  const auto [width, fill] = arguments.bind("the method", {"width", "fillchar"});
  const std::string by = fill ? text_of(fill, "ljust, rjust or center", "fillchar") : " ";
  check(count_characters(by) == 1, "ljust, rjust and center fill with one character");
  const std::int64_t wanted = integer_of(width, "ljust, rjust or center", "width");
  const auto there = static_cast<std::int64_t>(count_characters(self(value)));
  if (wanted <= there) return value;
  check_length(static_cast<std::size_t>(wanted), by.size());
  const std::int64_t all = wanted - there;
  // As CPython shares out an odd number.
  const std::int64_t half = all / 2 + (all & wanted & 1);
  const std::int64_t left = where == Where::left ? 0 : where == Where::right ? all : half;
  std::string text;
  for (std::int64_t i = 0; i < left; ++i) text += by;
  text += self(value);
  for (std::int64_t i = left; i < all; ++i) text += by;
  return text;
}

Value zfill(Run&, const Value& value, const Arguments& arguments) {
  const auto [width] = arguments.bind("zfill", {"width"});
  const std::int64_t wanted = integer_of(width, "zfill", "width");
  const auto there = static_cast<std::int64_t>(count_characters(self(value)));
  if (wanted <= there) return value;
  check_length(static_cast<std::size_t>(wanted));
  std::string text = self(value);
  const bool sign = text.starts_with('-') || text.starts_with('+');
  return text.insert(sign ? 1 : 0, static_cast<std::size_t>(wanted - there), '0');
}

const RegisterMethod methods[] = {
    {"str", "strip", stripped<true, true>},
    {"str", "lstrip", stripped<true, false>},
    {"str", "rstrip", stripped<false, true>},
    {"str", "upper", changed<to_upper>},
    {"str", "lower", changed<to_lower>},
    {"str", "capitalize", changed<capitalize>},
    {"str", "title", changed<title>},
    {"str", "swapcase", changed<swapcase>},
    {"str", "startswith", begins_or_ends<false>},
    {"str", "endswith", begins_or_ends<true>},
    {"str", "replace", replace},
    {"str", "join", join},
    {"str", "removeprefix", remove_prefix},
    {"str", "removesuffix", remove_suffix},
    {"str", "ljust", padded<Where::left>},
    {"str", "rjust", padded<Where::right>},
    {"str", "center", padded<Where::center>},
    {"str", "zfill", zfill},
};
const RefuseMethods unknown{"str",
                            {"casefold", "encode", "expandtabs", "format", "format_map", "isidentifier", "isprintable",
                             "maketrans", "translate"},
                            "is not known"};

}  // namespace
}  // namespace adora::jinja
