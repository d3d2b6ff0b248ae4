#include <cmath>

#include "../../../core/error.h"
#include "arithmetic.h"
#include "characters.h"
#include "represent.h"
#include "run.h"

namespace adora::jinja {
namespace {

std::string converted(Run& run, char kind, int precision, const Value& value) {
  const auto number = value.number();
  switch (kind) {
    case 's': {
      std::string text = to_text(run, value);
      if (precision >= 0) text.resize(character_starts(text)[std::min<std::size_t>(precision, count_characters(text))]);
      return text;
    }
    case 'r': return to_repr(run, value);
    case 'd':
    case 'i':
      check(number.has_value() && std::isfinite(*number) && std::abs(*number) < 0x1p63,
            "%{} takes a number, not a value of the type {}", kind, value.type());
      return fmt::format("{}", value.integer().value_or(static_cast<std::int64_t>(*number)));
    case 'x':
    case 'X': {
      const auto whole = value.integer();
      check(whole.has_value(), "%{} takes a whole number, not a value of the type {}", kind, value.type());
      return kind == 'x' ? fmt::format("{:x}", *whole) : fmt::format("{:X}", *whole);
    }
    case 'f':
      check(number.has_value(), "%f takes a number, not a value of the type {}", value.type());
      return fmt::format("{:.{}f}", *number, precision < 0 ? 6 : precision);
    default: fail("%{} is none of the conversions that are known: %s, %r, %d, %i, %x, %f and %%", kind);
  }
}

int digits(const std::string& format, std::size_t& at) {
  int value = 0;
  for (; at < format.size() && format[at] >= '0' && format[at] <= '9'; ++at) {
    value = 10 * value + (format[at] - '0');
    check(value <= 1000, "a width or precision of more than 1000 in \"{}\"", shortened(format, 40));
  }
  return value;
}

std::string padded(std::string text, std::size_t width, bool left, bool zeros) {
  const std::size_t size = count_characters(text);
  if (size >= width) return text;
  if (left) return text + std::string(width - size, ' ');
  if (!zeros) return std::string(width - size, ' ') + text;
  const std::size_t sign = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  return text.insert(sign, width - size, '0');
}

}  // namespace

std::string format_percent(Run& run, const std::string& format, const Value& values) {
  const Sequence* tuple = values.sequence();
  if (tuple && tuple->form != Sequence::tuple) tuple = nullptr;
  std::size_t used = 0;
  const auto next = [&]() -> const Value& {
    const std::size_t there = tuple ? tuple->elements.size() : 1;
    check(used < there, "\"{}\" wants more values than there are", shortened(format, 40));
    return tuple ? tuple->elements[used++] : (++used, values);
  };
  std::string result;
  for (std::size_t at = 0; at < format.size();) {
    check_length(result.size());
    if (format[at] != '%') {
      result += format[at++];
      continue;
    }
    ++at;
    Value value;
    bool named = false;
    if (at < format.size() && format[at] == '(') {
      const std::size_t end = format.find(')', at);
      check(end != format.npos && values.mapping(), "%(name) in \"{}\" needs a dict", shortened(format, 40));
      const Value* found = values.mapping()->named(format.substr(at + 1, end - at - 1));
      check(found != nullptr, "there is no {} for \"{}\"", shortened(format.substr(at + 1, end - at - 1), 40),
            shortened(format, 40));
      value = *found, named = true, at = end + 1;
    }
    bool left = false, zeros = false, plus = false;
    for (; at < format.size() && std::string_view("-0+").find(format[at]) != std::string_view::npos; ++at)
      (format[at] == '-' ? left : format[at] == '0' ? zeros : plus) = true;
    const int width = digits(format, at);
    int precision = -1;
    if (at < format.size() && format[at] == '.') precision = digits(format, ++at);
    check(at < format.size(), "\"{}\" ends within a conversion", shortened(format, 40));
    const char kind = format[at++];
    if (kind == '%') {
      result += '%';
      continue;
    }
    if (!named) value = next();
    std::string text = converted(run, kind, precision, value);
    const bool number = std::string_view("dif").find(kind) != std::string_view::npos;
    if (plus && number && !text.starts_with('-')) text.insert(0, 1, '+');
    result += padded(std::move(text), static_cast<std::size_t>(width), left, zeros && number);
  }
  // Python minds values that are left over in a tuple, or where there is one that has no elements.
  const bool has_elements = values.mapping() || values.sequence() || values.is_undefined();
  check(tuple ? used == tuple->elements.size() : used > 0 || has_elements, "\"{}\" wants fewer values than there are",
        shortened(format, 40));
  return result;
}

}  // namespace adora::jinja
