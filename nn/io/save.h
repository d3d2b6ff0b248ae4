#pragma once
#include "../module.h"

/// Tensors kept in files of the safetensors format, which Python reads too. Each is replaced as a whole or not at all
/// (AtomicFile); what is not finite is refused (check_finite). Checkpoints of a training run, which go with an
/// optimizer, are the Trainer's.
namespace adora {

/// One tensor, under the name "tensor".
void save(const std::string& path, const Tensor& x);
void save(const std::string& path, const StateDict& tensors);
/// The parameters and buffers of a module.
void save(const std::string& path, const Module& module);

/// The tensor that `save` wrote, on the default device; an error where the file has several or another.
Tensor load(const std::string& path);
/// All tensors of a file, on the default device.
StateDict load_state_dict(const std::string& path);
/// Gives a module the numbers of a file: everything or, where it doesn't fit, nothing. See Module::load_state_dict.
void load(const std::string& path, Module& module);

}  // namespace adora
