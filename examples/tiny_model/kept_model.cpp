#include "kept_model.h"

// What tools/embed calls the file's bytes.
extern "C" const std::byte _binary_pretrained_safetensors_start[], _binary_pretrained_safetensors_end[];

namespace adora::finetune {

std::span<const std::byte> kept_model() {
  return {_binary_pretrained_safetensors_start, _binary_pretrained_safetensors_end};
}

}  // namespace adora::finetune
