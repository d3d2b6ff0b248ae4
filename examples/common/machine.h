#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "../../nn/module.h"
#include "options.h"

namespace adora::programs {

/// The device, dtype and threads a program computes with: the options --device, --dtype and --threads.
struct Machine {
  std::string device = "cpu";
  std::string dtype = "f32";  ///< empty: each weight as the model's files have it
  std::optional<std::int64_t> threads;

  /// Adds the three options; the object must live as long as they do.
  void add_options(Options& options);
  /// What says the same on a command line; nothing for what is the default.
  std::vector<std::string> arguments() const;
  /// Checks that the device is there and sets the number of threads. Throws `Error` where it isn't.
  void apply() const;
  /// The dtype and device that models' weights are loaded with.
  WeightOptions weights() const;
};

}  // namespace adora::programs
