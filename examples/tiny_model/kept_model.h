#pragma once
#include <cstddef>
#include <span>

namespace adora::finetune {

/// The file examples/tiny_world/pretrained.safetensors, which is part of the program: so the built-in model is the same
/// wherever it runs.
std::span<const std::byte> kept_model();

}  // namespace adora::finetune
