#pragma once
#include "../../nn/state_dict.h"
#include "../tiny_world/recipe.h"
#include "../tiny_world/vocabulary.h"
#include "../tiny_world/world.h"

namespace adora::finetune {

/// Teaches fresh weights the tiny world's text on a device, as a recipe says, with a progress bar. The weights, float32,
/// on the CPU.
StateDict pretrain(const tiny_world::Recipe& recipe, const tiny_world::World& world,
                   const tiny_world::Vocabulary& vocabulary, Device device);

}  // namespace adora::finetune
