#pragma once
#include <cstddef>

/// What a program may ask about GPUs in any build. A build without the CUDA backend, or a machine without a GPU, has
/// none.
namespace adora::cuda {

/// How many GPUs this program can compute on.
int device_count();

/// Waits until the GPU has done all that it was given; an error that it met comes up here.
void synchronize();

/// Copies bytes from the GPU's memory to the CPU's, once all that was begun before is done.
void read(void* host, const void* device, std::size_t bytes);

/// Whether products of float32 matrices may be computed in TF32, with 10 bits of mantissa, which is several times as
/// fast; not unless it is asked for.
bool tf32_allowed();
void allow_tf32(bool allowed);

/// What the CUDA backend provides; it installs itself when the library is loaded.
struct Backend {
  int (*device_count)();
  void (*synchronize)();
  void (*read)(void* host, const void* device, std::size_t bytes);
};
void install(const Backend& backend);

}  // namespace adora::cuda
