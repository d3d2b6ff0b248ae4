#include "../../../core/error.h"
#include "arithmetic.h"
#include "callables.h"
#include "characters.h"
#include "compare.h"
#include "represent.h"

namespace adora::jinja {
namespace {

using Question = bool (*)(const Value&);

/// A test of the value alone.
template <Question question> Value answer(Run&, const Value& value, const Arguments& arguments) {
  arguments.none("the test");
  return question(value);
}

bool is_boolean(const Value& value) { return value.get<bool>(); }
bool is_callable(const Value& value) {
  const auto* object = value.get<std::shared_ptr<Object>>();
  return value.is_undefined() || (object && (*object)->callable());  // calling what is undefined says what is
}
bool is_iterable(const Value& value) {
  return value.sequence() || value.mapping() || value.is_text() || value.is_undefined();
}
/// What has a length and can be asked for elements.
bool is_sequence(const Value& value) {
  const Sequence* sequence = value.sequence();
  return value.is_text() || value.mapping() || value.is_undefined() || (sequence && sequence->indexed());
}

/// A test of the value and another.
using Relation = bool (*)(Run&, const Value&, const Value&);
template <Relation relation> Value related(Run& run, const Value& value, const Arguments& arguments) {
  check(arguments.positional.size() == 1 && arguments.named.empty(), "the test takes one argument, not {}",
        arguments.positional.size() + arguments.named.size());
  return relation(run, value, arguments.positional[0]);
}

bool leaves(Run& run, const Value& value, const Value& by, const Value& rest) {
  return equal(run, arithmetic(run, "%", value, by), rest);
}

template <int rest> Value odd_or_even(Run& run, const Value& value, const Arguments& arguments) {
  arguments.none("the test");
  return leaves(run, value, 2, rest);
}

template <bool wanted> Value has_case(Run& run, const Value& value, const Arguments& arguments) {
  arguments.none("the test");
  const std::string text = to_text(run, value);
  bool any = false;
  for (std::size_t at = 0; at < text.size();) {
    const auto [code, length] = character_at(text, at);
    if (wanted ? is_lower(code) : is_upper(code)) return false;
    any = any || (wanted ? is_upper(code) : is_lower(code));
    at += length;
  }
  return any;
}

bool same(Run& run, const Value& a, const Value& b) {
  const bool constants = a.content.index() == b.content.index() && (a.is_none() || a.get<bool>());
  if (constants) return equal(run, a, b);
  if (a.sequence() && b.sequence()) return a.sequence() == b.sequence();
  if (a.mapping() && b.mapping()) return a.mapping() == b.mapping();
  check(a.content.index() != b.content.index(), "sameas is for true, false, none, lists and dicts, not for a {}",
        a.type());
  return false;
}

const RegisterTest values[] = {
    {"defined", answer<[](const Value& v) { return !v.is_undefined(); }>},
    {"undefined", answer<[](const Value& v) { return v.is_undefined(); }>},
    {"none", answer<[](const Value& v) { return v.is_none(); }>},
    {"boolean", answer<is_boolean>},
    {"true", answer<[](const Value& v) { return is_boolean(v) && v.truth(); }>},
    {"false", answer<[](const Value& v) { return is_boolean(v) && !v.truth(); }>},
    {"integer", answer<[](const Value& v) { return v.get<std::int64_t>() != nullptr; }>},
    {"float", answer<[](const Value& v) { return v.get<double>() != nullptr; }>},
    {"number", answer<[](const Value& v) { return v.number().has_value(); }>},
    {"string", answer<[](const Value& v) { return v.is_text(); }>},
    {"mapping", answer<[](const Value& v) { return v.mapping() != nullptr; }>},
    {"sequence", answer<is_sequence>},
    {"iterable", answer<is_iterable>},
    {"callable", answer<is_callable>},
    {"odd", odd_or_even<1>},
    {"even", odd_or_even<0>},
    {"upper", has_case<true>},
    {"lower", has_case<false>},
    {"filter", answer<[](const Value& v) { return v.is_text() && find_filter(*v.text()); }>},
    {"test", answer<[](const Value& v) { return v.is_text() && find_test(*v.text()); }>},
};

constexpr auto eq = [](Run& r, const Value& a, const Value& b) { return equal(r, a, b); };
constexpr auto ne = [](Run& r, const Value& a, const Value& b) { return !equal(r, a, b); };
constexpr auto lt = [](Run& r, const Value& a, const Value& b) { return less(r, a, b); };
constexpr auto gt = [](Run& r, const Value& a, const Value& b) { return less(r, b, a); };
constexpr auto le = [](Run& r, const Value& a, const Value& b) { return less(r, a, b) || equal(r, a, b); };
constexpr auto ge = [](Run& r, const Value& a, const Value& b) { return less(r, b, a) || equal(r, a, b); };

const RegisterTest relations[] = {
    {"==", related<eq>},
    {"eq", related<eq>},
    {"equalto", related<eq>},
    {"!=", related<ne>},
    {"ne", related<ne>},
    {"<", related<lt>},
    {"lt", related<lt>},
    {"lessthan", related<lt>},
    {">", related<gt>},
    {"gt", related<gt>},
    {"greaterthan", related<gt>},
    {"<=", related<le>},
    {"le", related<le>},
    {">=", related<ge>},
    {"ge", related<ge>},
    {"in", related<[](Run& r, const Value& a, const Value& b) { return contains(r, b, a); }>},
    {"sameas", related<same>},
    {"divisibleby", related<[](Run& r, const Value& a, const Value& b) { return leaves(r, a, b, 0); }>},
};

}  // namespace
}  // namespace adora::jinja
