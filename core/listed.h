#pragma once
// Not in adora.h: the library's own.
#include <string>
#include <vector>

namespace adora {

/// "a, b, c and 4 more": the first eight names, each shortened, and how many there are besides.
std::string listed(const std::vector<std::string>& names);

}  // namespace adora
