#pragma once
// Not in adora.h: the library's own.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "words.h"

namespace adora {

/// GPT-2's printable characters for bytes: those of ASCII and Latin-1 that are printable stand for themselves, the
/// others in their order for U+0100 and what follows. Adds the characters of bytes to a text.
void spell_bytes(std::string_view bytes, std::string& text);
/// The same with words, where it is still to be done.
void spell_bytes(Words& words);
/// The bytes that a text's characters stand for; none where one stands for no byte.
std::optional<std::string> spelled_bytes(std::string_view text);

}  // namespace adora
