#pragma once
// Not in adora.h: the library's own.
#include "value.h"

namespace adora::jinja {

/// {% set target.name = value %}: an error where the target is no namespace.
void set_attribute(Run& run, const Value& target, const std::string& name, const Value& value);

}  // namespace adora::jinja
