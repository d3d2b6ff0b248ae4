#pragma once
#include <cstdint>

/// Recording what goes into the stream, and starting it again (CUDA graphs), for core/cuda_graph.h; and what is found
/// wrong then, when no error can be thrown.
namespace adora::backends::cuda {

void begin_recording();
/// The graph, ready to be started; null, and everything recorded forgotten, if it is not to be kept.
void* end_recording(bool keep);
void replay(void* graph);
void discard(void* graph);
/// Puts a number into the device's memory.
void write(std::uint64_t* device, std::uint64_t number);

/// On the device, where recorded kernels note an index out of range.
struct Fault {
  const char* op;  ///< whose it was; null: none
  long long index;
};
/// There while something is or was recorded.
Fault* fault_on_device();

/// Throws what a replay noted since the last call, once the device was waited for.
void throw_faults();

}  // namespace adora::backends::cuda
