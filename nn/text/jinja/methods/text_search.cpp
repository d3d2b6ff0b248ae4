// The methods of texts that split them, find parts, and ask what they are made of.
#include <algorithm>

#include "../../../../core/error.h"
#include "../access.h"
#include "../callables.h"
#include "../characters.h"

namespace adora::jinja {
namespace {

const std::string& self(const Value& value) { return *value.text(); }

/// Parts between white space, `most` splits at most; from the end where `right`.
std::vector<std::string_view> words(std::string_view text, std::int64_t most, bool right) {
  std::vector<std::string_view> parts;
  text = strip(text, nullptr, !right, right);
  while (!text.empty()) {
    if (most-- == 0) {
      parts.push_back(strip(text, nullptr, !right, right));
      break;
    }
    // To the next white space, or back to the last.
    const auto starts = std::string_view::npos;
    std::size_t cut = starts;
    if (right) {
      for (std::size_t at = text.size(); at-- > 0;)
        if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80 && is_space(character_at(text, at).code)) {
          cut = at + character_at(text, at).length;
          break;
        }
      parts.push_back(cut == starts ? text : text.substr(cut));
      text = cut == starts ? std::string_view() : text.substr(0, cut);
    } else {
      for (std::size_t at = 0; at < text.size(); at += character_at(text, at).length)
        if (is_space(character_at(text, at).code)) {
          cut = at;
          break;
        }
      parts.push_back(text.substr(0, cut));
      text = cut == starts ? std::string_view() : text.substr(cut);
    }
    text = strip(text, nullptr, !right, right);
  }
  return parts;
}

/// Parts between `separator`.
std::vector<std::string_view> pieces(std::string_view text, std::string_view separator, std::int64_t most, bool right) {
  std::vector<std::size_t> places;
  for (std::size_t at = 0; (at = find_text(text, separator, at)) != text.npos; at += separator.size())
    places.push_back(at);
  if (right && !places.empty()) {  // from the end, since separators may overlap
    places.clear();
    for (std::size_t end = text.size(); end >= separator.size();) {
      const std::size_t at = text.substr(0, end).rfind(separator);
      if (at == text.npos || (most >= 0 && static_cast<std::int64_t>(places.size()) == most)) break;
      places.push_back(at);
      end = at;
    }
    std::reverse(places.begin(), places.end());
  }
  if (!right && most >= 0 && static_cast<std::int64_t>(places.size()) > most)
    places.resize(static_cast<std::size_t>(most));
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  for (const std::size_t at : places) {
    parts.push_back(text.substr(start, at - start));
    start = at + separator.size();
  }
  parts.push_back(text.substr(start));
  return parts;
}

Value list_of(const std::vector<std::string_view>& parts, Sequence::Form form = Sequence::list) {
  Sequence list{{}, form};
  for (const std::string_view part : parts) list.elements.push_back(std::string(part));
  return list;
}

template <bool right> Value split(Run& run, const Value& value, const Arguments& arguments) {
  const auto [separator, count] = arguments.bind("split", {"sep", "maxsplit"});
  const std::int64_t most = count ? integer_of(count, "split", "maxsplit") : -1;
  std::vector<std::string_view> parts;
  if (!separator || separator->is_none()) {
    parts = words(self(value), most, right);
  } else {
    const std::string& between = text_of(separator, "split", "sep");
    check(!between.empty(), "split: its argument sep can't be empty");
    if (right) run.spend(self(value).size() * between.size() / 64);
    parts = pieces(self(value), between, most, right);
  }
  if (right && (!separator || separator->is_none())) std::reverse(parts.begin(), parts.end());
  return list_of(parts);
}

template <bool right> Value partition(Run& run, const Value& value, const Arguments& arguments) {
  const auto [separator] = arguments.bind("partition", {"sep"});
  const std::string& between = text_of(separator, "partition", "sep");
  check(!between.empty(), "partition: its argument sep can't be empty");
  if (right) run.spend(self(value).size() * between.size() / 64);
  const auto parts = pieces(self(value), between, 1, right);
  if (parts.size() == 2) return list_of({parts[0], between, parts[1]}, Sequence::tuple);
  return right ? list_of({"", "", parts[0]}, Sequence::tuple) : list_of({parts[0], "", ""}, Sequence::tuple);
}

Value splitlines(Run&, const Value& value, const Arguments& arguments) {
  const auto [keep] = arguments.bind("splitlines", {"keepends"});
  return list_of(split_lines(self(value), flag_of(keep, false)));
}

/// Where a part stands, in characters; -1 where it doesn't.
template <bool right, bool must> Value find(Run& run, const Value& value, const Arguments& arguments) {
  const auto [part] = arguments.bind("find", {"sub"});
  const std::string& wanted = text_of(part, "find", "sub");
  if (right) run.spend(self(value).size() * wanted.size() / 64);
  const std::size_t at = right ? self(value).rfind(wanted) : find_text(self(value), wanted);
  check(!must || at != std::string::npos, "index: \"{}\" is not in the text", shortened(wanted, 40));
  if (at == std::string::npos) return -1;
  return static_cast<std::int64_t>(count_characters(std::string_view(self(value)).substr(0, at)));
}

Value count(Run&, const Value& value, const Arguments& arguments) {
  const auto [part] = arguments.bind("count", {"sub"});
  const std::string& wanted = text_of(part, "count", "sub");
  if (wanted.empty()) return static_cast<std::int64_t>(count_characters(self(value))) + 1;
  return static_cast<std::int64_t>(pieces(self(value), wanted, -1, false).size()) - 1;
}

/// Whether there is a character, and all are of a kind.
template <bool (*kind)(char32_t)> Value all_are(Run&, const Value& value, const Arguments& arguments) {
  arguments.none("the method");
  const std::string& text = self(value);
  for (std::size_t at = 0; at < text.size();) {
    const auto [code, length] = character_at(text, at);
    if (!kind(code)) return false;
    at += length;
  }
  return !text.empty();
}

bool is_digit(char32_t c) {
  check(c < 128 || is_letter(c) || is_space(c) || c >= 0x2000, "digits beyond ASCII are not known");
  return c >= '0' && c <= '9';
}
bool is_alphanumeric(char32_t c) { return is_letter(c) || is_digit(c); }
bool is_ascii(char32_t c) { return c < 128; }

template <const char* test> Value cased(Run& run, const Value& value, const Arguments& arguments) {
  return find_test(test)(run, value, arguments);
}
constexpr char upper[] = "upper", lower[] = "lower";

Value isascii(Run& run, const Value& value, const Arguments& arguments) {
  return self(value).empty() || all_are<is_ascii>(run, value, arguments).truth();
}

const RegisterMethod methods[] = {
    {"str", "split", split<false>},
    {"str", "rsplit", split<true>},
    {"str", "partition", partition<false>},
    {"str", "rpartition", partition<true>},
    {"str", "splitlines", splitlines},
    {"str", "find", find<false, false>},
    {"str", "rfind", find<true, false>},
    {"str", "index", find<false, true>},
    {"str", "rindex", find<true, true>},
    {"str", "count", count},
    {"str", "isspace", all_are<is_space>},
    {"str", "isalpha", all_are<is_letter>},
    {"str", "isdigit", all_are<is_digit>},
    {"str", "isnumeric", all_are<is_digit>},
    {"str", "isdecimal", all_are<is_digit>},
    {"str", "isalnum", all_are<is_alphanumeric>},
    {"str", "isascii", isascii},
    {"str", "isupper", cased<upper>},
    {"str", "islower", cased<lower>},
};
const RefuseMethods unknown{"str", {"istitle"}, "is not known"};

}  // namespace
}  // namespace adora::jinja
