#pragma once
#include <string>
#include <vector>

namespace adora::programs {

/// Runs a program's `body` on its arguments and returns the exit status: the body's own, or 2 with one line
/// "PROGRAM: what is wrong" on standard error where it throws, or 128 and the signal's number where it was
/// `Interrupted`.
int run_program(const char* program, int argc, char** argv, int (*body)(const std::vector<std::string>& arguments));

}  // namespace adora::programs
