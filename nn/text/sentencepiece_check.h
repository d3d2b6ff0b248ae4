#pragma once
// Not in adora.h: the library's own.
#include <string>
#include <string_view>

namespace adora {

/// Looks at a SentencePiece model (a protocol buffer) before the library does, which trusts what it reads: the lists
/// of normalization rules are tables of jumps that a damaged file could send anywhere in memory.
/// Throws `Error` naming the file where the bytes are no such model or the tables lead outside themselves.
void check_sentencepiece(std::string_view bytes, const std::string& path);

/// The same for the rules alone, a precompiled character map: 4 bytes of length, a double array of that many bytes
/// (Yata's darts-clone), then texts that end with 0 and that the array's leaves point into. No bytes: no rules.
void check_character_map(std::string_view map, const std::string& path);

}  // namespace adora
