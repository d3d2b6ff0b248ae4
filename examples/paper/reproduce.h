#pragma once
#include <string>
#include <vector>

#include "setup.h"

namespace adora::reproduce {

/// Does the experiments named ("all": every one), each with its table and the paper's claims on standard output when it
/// is done, and writes results.json and report.html into the output, which then have every experiment whose runs are
/// finished there. Whatever was finished before is not done again. Throws `Error` where the output holds a reproduction
/// of another extent, or a damaged file.
void reproduce(const Setup& setup, const std::vector<std::string>& names);

}  // namespace adora::reproduce
