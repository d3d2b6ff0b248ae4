#pragma once
#include <string>

#include "but_elementwise.h"

namespace adora::reference {

/// Runs the case in a file in float64 with the file's tolerances, in float32, and on every other device that is
/// present, in every way the library has for its op. Returns "" or what was wrong; throws nothing.
std::string run_case(const std::string& path);

}  // namespace adora::reference
