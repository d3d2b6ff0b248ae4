#pragma once
// Not in adora.h: the library's own.
#include <cstddef>
#include <string>
#include <string_view>

namespace adora {

/// Bytes from anywhere as text for a message: valid UTF-8 on one line. A byte that belongs to no character becomes
/// "\xNN"; a control character, a line separator, or one that turns the direction of writing, "\uNNNN" ("\n", "\r" and
/// "\t" have those names). Text with none of these stays as it is, so that making it printable twice is as once.
std::string printable(std::string_view bytes);

/// The same, cut between two characters where it is longer than `most` bytes; "…" then stands at its end.
std::string shortened(std::string_view bytes, std::size_t most = 80);

}  // namespace adora
