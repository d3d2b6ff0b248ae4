#pragma once
#include <cuda_runtime.h>

#include <string>

#include "../../core/device.h"

/// The CUDA runtime, wrapped once: its errors as exceptions, the one stream that all work goes to.
namespace adora::backends::cuda {

/// Throws `Error` with what the runtime says of `status`, unless it is a success. `what` was being done.
void check_status(cudaError_t status, const char* what);

/// The number of GPUs; the driver is asked once.
int device_count();

/// Makes the GPU the calling thread's device; an error saying what to do where there is none.
void use_device();

/// The stream that kernels, products and copies are put into, one after the other.
cudaStream_t stream();

/// Waits for all of it.
void synchronize();

/// Whether every kernel is waited for (ADORA_CUDA_SYNC=1), so that an error comes up where it happened.
bool waits_for_kernels();

/// The GPU's properties that launches are planned by.
struct DeviceProperties {
  int multiprocessors = 1;
  std::size_t shared_memory = 48 << 10;  ///< the most a block can ask for
};
const DeviceProperties& device_properties();

}  // namespace adora::backends::cuda
