#pragma once
#include <set>
#include <string>

#include "../module.h"

namespace adora {

/// The names of the parameters that weight decay is better kept from, as Hugging Face's Trainer does: biases, and all
/// of a normalization, which is a module whose class is called …Norm (or …Norm2d).
///
///     const std::set<std::string> undecayed = undecayed_parameters(net);
///     optimizer.set_weight_decay(0, [&](const std::string& name) { return undecayed.contains(name); });
std::set<std::string> undecayed_parameters(Module& module);

}  // namespace adora
