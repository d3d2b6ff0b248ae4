#pragma once
#include <string>

#include "../../core/error.h"

namespace adora::reproduce {

/// Returns the result of `read`, which reads a file in a run's folder. Where it throws, the error also says how to go
/// on: a damaged file is no loss, since the run can be done again.
template <class F> auto read_of_run(const std::string& folder, F&& read) {
  try {
    return read();
  } catch (const Error& error) {
    fail("{}; remove {} to have this run done again", error.what(), folder);
  }
}

}  // namespace adora::reproduce
