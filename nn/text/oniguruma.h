#pragma once
// Not in adora.h: the library's own.
#include <string>
#include <string_view>

namespace adora {

/// A regular expression as Oniguruma reads it (Hugging Face's tokenizers use that library, with its own syntax and
/// UTF-8), written for PCRE2 with UTF, UCP and MULTILINE, so that it matches the same. The two differ in: \s (PCRE2's
/// has U+180E), \w and \b (Oniguruma's have marks and connectors, and not every number), \h and \v, (?m), which lets a
/// dot match a line's end, and scripts (PCRE2's \p{Han} takes in characters that are used with it).
/// Throws `Error` beginning with `where` and naming what it is where the expression has something that means different
/// things to the two and is not translated: sets within sets, back references, named groups, {n,m}+ and such.
std::string from_oniguruma(std::string_view expression, const std::string& where);

}  // namespace adora
