#pragma once
// Not in adora.h: the library's own.
#include <cstdint>
#include <string>
#include <string_view>

namespace adora {

/// The cyclic redundancy check of RFC 3720 (Castagnoli's polynomial, 0x1EDC6F41, bits reversed): of "123456789" it is
/// 0xE3069283.
std::uint32_t crc32c(std::string_view bytes);

/// A record of a TFRecord file: its length (8 bytes, the lowest first), that number's masked check, the bytes, and
/// their masked check. Masked, a check is turned right by 15 bits and 0xA282EAD8 is added: a record may hold records.
std::string tf_record(std::string_view bytes);

}  // namespace adora
