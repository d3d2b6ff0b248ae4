#pragma once
// Not in adora.h: the library's own.
#include <array>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "value.h"

namespace adora::jinja {

/// What a call gives: f(1, 2, name=3).
struct Arguments {
  std::vector<Value> positional = {};
  std::vector<std::pair<std::string, Value>> named = {};

  /// The arguments of the parameters `names`, in their order; null where none was given. An error naming `function` for
  /// one too many, one of an unknown name, or one given twice.
  template <std::size_t count>
  std::array<const Value*, count> bind(std::string_view function, const char* const (&names)[count]) const {
    std::array<const Value*, count> bound = {};
    bind(function, names, bound.data(), count);
    return bound;
  }
  /// An error where there are any.
  void none(std::string_view function) const { bind(function, nullptr, nullptr, 0); }

 private:
  void bind(std::string_view function, const char* const* names, const Value** bound, std::size_t count) const;
};

/// The argument as a kind of value. An error naming the function and the parameter where it is missing or of another.
const Value& required(const Value* argument, std::string_view function, std::string_view parameter);
const std::string& text_of(const Value* argument, std::string_view function, std::string_view parameter);
std::int64_t integer_of(const Value* argument, std::string_view function, std::string_view parameter);
bool flag_of(const Value* argument, bool otherwise);

}  // namespace adora::jinja
