#pragma once
// Not in adora.h: the library's own.
#include <string_view>

#include "value.h"

namespace adora::jinja {

/// Python's a + b, a - b, a * b, a / b, a // b, a % b and a ** b, `op` being the sign. An error for kinds of values
/// that have no such operation, a division by zero, and a whole number of more than 64 bits.
Value arithmetic(Run& run, std::string_view op, const Value& a, const Value& b);
Value negative(const Value& value);

/// What Python's text % values gives, for %s, %r, %d, %i, %f, %x and %%.
std::string format_percent(Run& run, const std::string& format, const Value& values);

}  // namespace adora::jinja
