#pragma once
// Not in adora.h: the library's own.
#include <memory>
#include <string_view>
#include <vector>

#include "arguments.h"
#include "value.h"

namespace adora::jinja {

/// value.name: a method or attribute, else the item of that name; undefined where there is neither.
Value get_attribute(Run& run, const Value& value, const std::string& name);
/// value[key]: the item, else the attribute of that name; undefined where there is neither.
Value get_item(Run& run, const Value& value, const Value& key);
/// value[start:stop:step], each undefined or none where it is left out.
Value get_slice(Run& run, const Value& value, const Value& start, const Value& stop, const Value& step);

/// What a loop over the value goes through: elements, keys or characters. An error where it has none. A generator has
/// them once.
std::shared_ptr<const std::vector<Value>> iterate(Run& run, const Value& value);

Value call(Run& run, const Value& function, const Arguments& arguments);

/// The length that Python gives it; an error where it has none.
std::int64_t length_of(const Value& value);

/// The value that follows `path`, its parts between dots, as filters take an attribute: "a.0.b".
Value follow(Run& run, Value value, const Value& path);

}  // namespace adora::jinja
