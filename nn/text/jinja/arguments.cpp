#include "arguments.h"

#include "../../../core/error.h"

namespace adora::jinja {

void Arguments::bind(std::string_view function, const char* const* names, const Value** bound,
                     std::size_t count) const {
  check(positional.size() <= count, "{} takes {} arguments at most, not {}", function, count, positional.size());
  for (std::size_t i = 0; i < positional.size(); ++i) bound[i] = &positional[i];
  for (const auto& [name, value] : named) {
    std::size_t at = 0;
    while (at < count && name != names[at]) ++at;
    check(at < count, "{} has no argument called {}", function, shortened(name, 40));
    check(bound[at] == nullptr, "{} is given its argument {} twice", function, name);
    bound[at] = &value;
  }
}

const Value& required(const Value* argument, std::string_view function, std::string_view parameter) {
  check(argument != nullptr, "{}: its argument {} is missing", function, parameter);
  return *argument;
}

const std::string& text_of(const Value* argument, std::string_view function, std::string_view parameter) {
  const Value& value = required(argument, function, parameter);
  check(value.is_text(), "{}: its argument {} must be a text, not a value of the type {}", function, parameter,
        value.type());
  return *value.text();
}

std::int64_t integer_of(const Value* argument, std::string_view function, std::string_view parameter) {
  const auto whole = required(argument, function, parameter).integer();
  check(whole.has_value(), "{}: its argument {} must be a whole number, not a value of the type {}", function,
        parameter, argument->type());
  return *whole;
}

bool flag_of(const Value* argument, bool otherwise) { return argument ? argument->truth() : otherwise; }

}  // namespace adora::jinja
