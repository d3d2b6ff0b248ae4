#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "setup.h"

namespace adora::reproduce {

/// The memory and time of one method's training step.
struct StepCost {
  std::string label;
  std::int64_t peak_bytes = 0;  ///< of tensors, weights and the optimizer's state included
  std::vector<double> seconds;  ///< of its step in each round
};

/// Steps of every method at rank 32 on a transformer with fresh weights and documents of random tokens, with all
/// threads. In each round every method does one step, so that what slows the machine down slows all of them. The
/// labels: "Full", "LoRA", "DoRA", "DoRA, norm's gradient in full", "VeRA", "DVoRA".
std::vector<StepCost> measure_steps(const Setup& setup);

void write_step_costs(const std::string& path, const std::vector<StepCost>& costs);
/// An error naming the file where it is damaged.
std::vector<StepCost> read_step_costs(const std::string& path);

}  // namespace adora::reproduce
