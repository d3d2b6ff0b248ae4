#pragma once
// Not in adora.h: the library's own.
#include <string>
#include <string_view>

namespace adora {

/// A regular expression as Python's `re` reads it, written for PCRE2 with UTF and UCP, so that it matches the same in
/// texts of ASCII, such as modules' names. The two differ in: \Z, \v and \u, {,m}, brackets within sets, and what else
/// either has a meaning for that the other hasn't.
/// Throws `Error` beginning with `where` and naming what it is where the expression has something that Python refuses
/// or that is not translated: (?x), (?a), conditions, octal numbers, \N{…}, and (?i) and such behind its beginning.
std::string from_python(std::string_view expression, const std::string& where);

}  // namespace adora
