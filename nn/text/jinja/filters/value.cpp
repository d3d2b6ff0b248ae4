// Filters that make numbers, and those on any value.
#include <charconv>
#include <cmath>

#include "../../../../core/error.h"
#include "../access.h"
#include "../callables.h"
#include "../characters.h"

namespace adora::jinja {
namespace {

Value otherwise(Run&, const Value& value, const Arguments& arguments) {
  const auto [given, boolean] = arguments.bind("default", {"default_value", "boolean"});
  const bool replaced = value.is_undefined() || (flag_of(boolean, false) && !value.truth());
  if (!replaced) return value;
  if (given) return *given;
  return "";
}

/// A text's number as Python reads it: with white space around it, and underscores between digits.
template <class T> std::optional<T> parsed(std::string_view text) {
  text = strip(text, nullptr, true, true);
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '9'; };
    if (text[i] != '_') digits += text[i];
    else if (i == 0 || !digit(i - 1) || !digit(i + 1)) return {};
  }
  std::string_view rest = digits;
  if (rest.starts_with('+') && !rest.substr(1).starts_with('-')) rest.remove_prefix(1);
  T value{};
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (rest.empty() || end != rest.data() + rest.size()) return {};
  if (error == std::errc::result_out_of_range) fail("the number {} is too large", shortened(text, 40));
  return error == std::errc() ? std::optional<T>(value) : std::nullopt;
}

void check_defined(const Value& value) {
  if (const auto* undefined = value.get<Undefined>()) fail("{}", *undefined->why);
}

Value to_integer(Run&, const Value& value, const Arguments& arguments) {
  const auto [given, base] = arguments.bind("int", {"default", "base"});
  check(!base || base->integer() == 10, "int: only the base 10 is known");
  check_defined(value);
  const Value zero(0);
  const Value& fallback = given ? *given : zero;
  if (const auto whole = value.integer()) return *whole;
  std::optional<double> real = value.number();
  if (const std::string* text = value.text()) {
    if (const auto whole = parsed<std::int64_t>(*text)) return *whole;
    real = parsed<double>(*text);
  }
  if (!real || !std::isfinite(*real)) return fallback;
  check(std::abs(*real) < 0x1p63, "int gives a whole number of more than 64 bits");
  return static_cast<std::int64_t>(*real);
}

Value to_real(Run&, const Value& value, const Arguments& arguments) {
  const auto [given] = arguments.bind("float", {"default"});
  check_defined(value);
  std::optional<double> real = value.number();
  if (const std::string* text = value.text()) real = parsed<double>(*text);
  if (real) return *real;
  if (given) return *given;
  return 0.0;
}

Value absolute(Run&, const Value& value, const Arguments& arguments) {
  arguments.none("abs");
  if (const auto whole = value.integer()) {
    check(*whole != INT64_MIN, "abs gives a whole number of more than 64 bits");
    return std::abs(*whole);
  }
  check(value.number().has_value(), "abs is for a number, not a value of the type {}", value.type());
  return std::abs(*value.number());
}

Value round(Run&, const Value& value, const Arguments& arguments) {
  const auto [precision, method] = arguments.bind("round", {"precision", "method"});
  const std::string how = method ? text_of(method, "round", "method") : "common";
  const std::int64_t places = precision ? integer_of(precision, "round", "precision") : 0;
  check(value.number().has_value(), "round is for a number, not a value of the type {}", value.type());
  check(std::abs(places) <= 300, "round: its argument precision must be from -300 to 300, not {}", places);
  check(how == "common" || how == "ceil" || how == "floor",
        "round: its argument method must be common, ceil or floor, not {}", shortened(how, 40));
  if (how == "common" && value.integer() && places >= 0) return *value.integer();
  const double number = *value.number();
  if (how == "common") {
    if (places < 0 || !std::isfinite(number)) {
      check(!value.integer(), "round of a whole number to tens is not known");
      const double scale = std::pow(10.0, static_cast<double>(-places));
      return std::isfinite(number) ? std::nearbyint(number / scale) * scale : number;
    }
    // The nearest decimal number, with as many digits as needed to tell.
    const std::string digits = fmt::format("{:.{}f}", number, places);
    return std::strtod(digits.c_str(), nullptr);
  }
  const double scale = std::pow(10.0, static_cast<double>(places));
  return (how == "ceil" ? std::ceil(number * scale) : std::floor(number * scale)) / scale;
}

Value attribute(Run& run, const Value& value, const Arguments& arguments) {
  const auto [name] = arguments.bind("attr", {"name"});
  const std::string& which = text_of(name, "attr", "name");
  // Unlike a dot, it finds no item of that name.
  if (value.mapping() && !find_method(value, which))
    return Undefined{std::make_shared<const std::string>("a dict has no attribute " + shortened(which, 40))};
  return get_attribute(run, value, which);
}

const RegisterFilter filters[] = {
    {"default", otherwise}, {"d", otherwise}, {"int", to_integer}, {"float", to_real},
    {"abs", absolute},      {"round", round}, {"attr", attribute},
};

}  // namespace
}  // namespace adora::jinja
