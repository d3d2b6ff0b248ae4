#pragma once
#include <map>
#include <string>

#include "../state_dict.h"

namespace adora {

/// The state of a training run: tensors (weights, the optimizer's moments), and metadata as text (the step, the
/// generators' offsets, what was trained with).
struct CheckpointFile {
  StateDict tensors;
  std::map<std::string, std::string> metadata;
};

/// Writes a checkpoint as one safetensors file. A kill at any moment leaves the
/// file that was there before, or the new one whole.
void write_checkpoint(const std::string& path, const StateDict& tensors,
                      const std::map<std::string, std::string>& metadata);

/// Reads it back, the tensors in memory of their own. Throws `Error` naming the file where it is no checkpoint or
/// damaged: any changed byte of a tensor or of the metadata is noticed.
CheckpointFile read_checkpoint(const std::string& path);

}  // namespace adora
