#pragma once
// Not in adora.h: the library's own.
#include "lexer.h"

namespace adora::jinja {

/// Appends the number or the text that `rest` begins with, and returns how many bytes it takes. Throws `Error`
/// beginning with "line N: ".
std::size_t read_number(std::string_view rest, int line, std::vector<Token>& tokens);
std::size_t read_text(std::string_view rest, int line, std::vector<Token>& tokens);

}  // namespace adora::jinja
