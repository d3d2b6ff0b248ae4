#pragma once
#include <cstddef>
#include <cstdint>

/// Questions about GPUs that a program may ask in any build. A build without the CUDA backend, or a machine without a
/// GPU, has none.
namespace adora::cuda {

/// The number of GPUs that this program can compute on.
int device_count();

/// Waits until the GPU has done all that it was given; an error that it met comes up here.
void synchronize();

/// Copies bytes from the GPU's memory to the CPU's, once all that was begun before is done.
void read(void* host, const void* device, std::size_t bytes);

/// Whether products of float32 matrices may be computed in TF32, with 10 bits of mantissa, which is several times as
/// fast; not unless it is asked for.
bool tf32_allowed();
void allow_tf32(bool allowed);

/// Whether the build can use cuDNN (meson's option `cudnn`) and there is one.
bool has_cudnn();
/// Whether attention in half precision is computed by cuDNN where that takes the shapes; not unless it is asked for,
/// which is an error where there is none.
bool cudnn_attention();
void use_cudnn_attention(bool use);

/// Whether a graph is being recorded: see cuda_graph.h.
bool recording();

/// The functions that the CUDA backend provides; it installs itself when the library is loaded.
struct Backend {
  int (*device_count)();
  void (*synchronize)();
  void (*read)(void* host, const void* device, std::size_t bytes);
  /// From here on the stream notes what it is given instead of doing it; the end returns that, ready to be started, or
  /// null if it is not to be kept.
  void (*begin_recording)();
  void* (*end_recording)(bool keep);
  void (*replay)(void* graph);
  void (*discard)(void* graph);
  /// Puts a number into the device's memory, once all that was begun before is done.
  void (*write)(std::uint64_t* device, std::uint64_t number);
  bool (*has_cudnn)();
};
/// Those of the backend there is; an error naming `what` where there is none.
const Backend& backend(const char* what);
void install(const Backend& backend);

}  // namespace adora::cuda
