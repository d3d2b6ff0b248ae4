#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "../../nn/models/sampling.h"
#include "options.h"

namespace adora::programs {

/// How a program's text is drawn, and where it ends: the options from --max-new-tokens to --seed.
struct SamplingOptions {
  Sampling sampling;
  std::int64_t max_new_tokens;
  std::vector<std::string> stops;
  std::int64_t seed = 0;

  explicit SamplingOptions(std::int64_t max_new_tokens) : max_new_tokens(max_new_tokens) {}
  /// Adds the options; the object must live as long as they do.
  void add_options(Options& options);
};

}  // namespace adora::programs
