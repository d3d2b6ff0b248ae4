#include "kept_model.h"

// tools/embed's names for the file's first byte and its end.
extern "C" const std::byte _binary_pretrained_safetensors_start[], _binary_pretrained_safetensors_end[];

namespace adora::finetune {

std::span<const std::byte> kept_model() {
  return {_binary_pretrained_safetensors_start, _binary_pretrained_safetensors_end};
}

}  // namespace adora::finetune
