#pragma once
// Not in adora.h: the library's own.
#include <string>
#include <string_view>
#include <vector>

#include "arguments.h"
#include "run.h"
#include "value.h"

namespace adora::jinja {

/// What a filter, a test, a method or a function of a template does. The first value is what a filter or a test is put
/// on, or whose method it is; a function has none there. A file registers those that it has:
///
///     const RegisterFilter registered{"length", [](Run&, const Value& value, const Arguments& arguments) -> Value { …
///     }};
using Call = Value (*)(Run& run, const Value& value, const Arguments& arguments);

/// value | name(arguments)
struct RegisterFilter {
  RegisterFilter(const char* name, Call call);
};
/// value is name(arguments); its result counts as true or false.
struct RegisterTest {
  RegisterTest(const char* name, Call call);
};
/// value.name(arguments), for values of a type ("str", "dict").
struct RegisterMethod {
  RegisterMethod(const char* type, const char* name, Call call);
};
/// Methods that Python has and templates may not call here; naming one is an error that says `why`.
struct RefuseMethods {
  RefuseMethods(const char* type, std::vector<const char*> names, const char* why);
};
/// name(arguments)
struct RegisterFunction {
  RegisterFunction(const char* name, Call call);
};

/// Null where there is none of that name.
Call find_filter(std::string_view name);
Call find_test(std::string_view name);
const Value* find_function(const std::string& name);
/// The method as a value that can be called; an error where it is refused.
std::optional<Value> find_method(const Value& value, std::string_view name);

/// The names of those there are, for messages: "abs, attr, …".
std::string known_filters();
std::string known_tests();

}  // namespace adora::jinja
