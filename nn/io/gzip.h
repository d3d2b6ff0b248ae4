#pragma once
// Not in adora.h: the library's own.
#include <string>
#include <string_view>

namespace adora::detail {

bool is_gzip(std::string_view bytes);
/// What gzip made `bytes` of. Errors begin with `where`: damaged, or cut off.
std::string gunzip(std::string_view bytes, const std::string& where);

}  // namespace adora::detail
