#include "arithmetic.h"

#include <cmath>

#include "../../../core/error.h"
#include "characters.h"
#include "run.h"

namespace adora::jinja {
namespace {

using Whole = std::int64_t;

[[noreturn]] void too_large(std::string_view op) { fail("{} gives a whole number of more than 64 bits", op); }

/// Rounded down, as Python divides.
Whole floor_quotient(Whole a, Whole b) {
  if (a == INT64_MIN && b == -1) too_large("//");
  return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

Value power(Whole base, Whole exponent) {
  if (exponent < 0) {
    check(base != 0, "0 has no negative power");
    return std::pow(static_cast<double>(base), static_cast<double>(exponent));
  }
  Whole result = 1;
  for (; exponent > 0; exponent /= 2) {
    if (exponent % 2 && __builtin_mul_overflow(result, base, &result)) too_large("**");
    if (exponent > 1 && __builtin_mul_overflow(base, base, &base)) too_large("**");
  }
  return result;
}

Value of_wholes(std::string_view op, Whole a, Whole b) {
  Whole result = 0;
  if (op == "**") return power(a, b);
  if (op == "+") {
    if (__builtin_add_overflow(a, b, &result)) too_large(op);
  } else if (op == "-") {
    if (__builtin_sub_overflow(a, b, &result)) too_large(op);
  } else if (op == "*") {
    if (__builtin_mul_overflow(a, b, &result)) too_large(op);
  } else {
    check(b != 0, "{} divides by zero", op);
    if (op == "/") return static_cast<double>(a) / static_cast<double>(b);
    if (op == "//") return floor_quotient(a, b);
    return b == -1 ? Whole{0} : a - b * floor_quotient(a, b);
  }
  return result;
}

Value of_reals(std::string_view op, double a, double b) {
  if (op == "+") return a + b;
  if (op == "-") return a - b;
  if (op == "*") return a * b;
  if (op == "**") {
    check(a != 0 || b >= 0, "0 has no negative power");
    const double result = std::pow(a, b);
    check(!std::isnan(result) || std::isnan(a) || std::isnan(b), "{} ** {} is no real number", a, b);
    check(!std::isinf(result) || std::isinf(a) || std::isinf(b), "{} ** {} is too large", a, b);
    return result;
  }
  check(b != 0, "{} divides by zero", op);
  if (op == "/") return a / b;
  double rest = std::fmod(a, b);
  double quotient = (a - rest) / b;
  if (rest != 0 && (b < 0) != (rest < 0)) rest += b, quotient -= 1;
  else if (rest == 0) rest = std::copysign(0.0, b);
  if (op == "%") return rest;
  if (quotient == 0) return std::copysign(0.0, a / b);
  const double down = std::floor(quotient);
  return quotient - down > 0.5 ? down + 1 : down;
}

Value repeated(const Value& value, Whole times) {
  const auto count = static_cast<std::size_t>(std::max<Whole>(times, 0));
  if (const std::string* text = value.text()) {
    check_length(count, text->size());
    std::string result;
    for (std::size_t i = 0; i < count && !text->empty(); ++i) result += *text;
    return result;
  }
  Sequence result{{}, value.sequence()->form};
  const auto& elements = value.sequence()->elements;
  check_length(count, elements.size() * sizeof(Value));
  for (std::size_t i = 0; i < count && !elements.empty(); ++i)
    result.elements.insert(result.elements.end(), elements.begin(), elements.end());
  return result;
}

bool can_repeat(const Value& value) {
  const Sequence* s = value.sequence();
  return value.is_text() || (s && (s->form == Sequence::list || s->form == Sequence::tuple));
}

Value joined(const Value& a, const Value& b) {
  if (a.is_text()) return check_length(a.text()->size() + b.text()->size()), *a.text() + *b.text();
  Sequence result{a.sequence()->elements, a.sequence()->form};
  check_length(result.elements.size() + b.sequence()->elements.size(), sizeof(Value));
  result.elements.insert(result.elements.end(), b.sequence()->elements.begin(), b.sequence()->elements.end());
  return result;
}

bool can_join(const Value& a, const Value& b) {
  if (a.is_text() || b.is_text()) return a.is_text() && b.is_text();
  const Sequence *x = a.sequence(), *y = b.sequence();
  return x && y && x->form == y->form && (x->form == Sequence::list || x->form == Sequence::tuple);
}

Value computed(Run& run, std::string_view op, const Value& a, const Value& b) {
  if (op == "%" && a.is_text()) return format_percent(run, *a.text(), b);
  for (const Value* one : {&a, &b})
    if (const auto* undefined = one->get<Undefined>()) fail("{}", *undefined->why);
  const auto x = a.integer(), y = b.integer();
  if (x && y) return of_wholes(op, *x, *y);
  if (a.number() && b.number()) return of_reals(op, *a.number(), *b.number());
  if (op == "+" && can_join(a, b)) return joined(a, b);
  if (op == "*" && can_repeat(a) && y) return repeated(a, *y);
  if (op == "*" && can_repeat(b) && x) return repeated(b, *x);
  fail("there is no {} of a {} and a {}", op, a.type(), b.type());
}

}  // namespace

Value arithmetic(Run& run, std::string_view op, const Value& a, const Value& b) {
  return run.spend_for(computed(run, op, a, b));
}

Value negative(const Value& value) {
  if (const auto whole = value.integer()) {
    check(*whole != INT64_MIN, "- gives a whole number of more than 64 bits");
    return -*whole;
  }
  if (const auto real = value.number()) return -*real;
  if (const auto* undefined = value.get<Undefined>()) fail("{}", *undefined->why);
  fail("there is no - of a {}", value.type());
}

}  // namespace adora::jinja
