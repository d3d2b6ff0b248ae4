#pragma once
// Not in adora.h: the library's own.
#include <string>

#include "value.h"

namespace adora::jinja {

/// Python's str: what printing a value gives. `level` counts how deep the value is in others.
std::string to_text(Run& run, const Value& value, int level = 0);
/// Python's repr: as within a list, a text in quotes.
std::string to_repr(Run& run, const Value& value, int level = 0);
std::string real_text(double value);

/// As json.dumps of Python: `indent` null for one line, else what a level is indented by.
struct JsonStyle {
  bool ascii = false, sort_keys = false;
  const std::string* indent = nullptr;
  std::string comma = ", ", colon = ": ";
};
std::string to_json(Run& run, const Value& value, const JsonStyle& style);

}  // namespace adora::jinja
