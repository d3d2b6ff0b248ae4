#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "../../core/dtype.h"
#include "options.h"

namespace adora::programs {

/// What a program computes on: the options --device, --dtype and --threads.
struct Machine {
  std::string device = "cpu";
  std::string dtype = "f32";  ///< empty: each weight as the model's files have it
  std::optional<std::int64_t> threads;

  /// Adds the three options; the object must live as long as they do.
  void add_options(Options& options);
  /// Checks that the device is there and sets the number of threads.
  void apply() const;
  DType weight_dtype() const { return dtype == "bf16" ? bfloat16 : float32; }
};

}  // namespace adora::programs
