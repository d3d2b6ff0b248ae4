#pragma once
#include "../../nn/state_dict.h"
#include "../tiny_world/recipe.h"

namespace adora::finetune {

/// Teaches fresh weights the tiny world's text on a device, as a recipe says, with a progress bar. The weights,
/// float32, on the CPU.
StateDict pretrain(const tiny_world::Recipe& recipe, Device device);

}  // namespace adora::finetune
