#include "runtime.h"

#include <cstdlib>
#include <mutex>

#include "../../core/cuda.h"
#include "../../core/error.h"
#include "attention_library.h"
#include "recording.h"

namespace adora::backends::cuda {

void check_status(cudaError_t status, const char* what) {
  if (status == cudaSuccess) [[likely]]
    return;
  // An error of the last launch is forgotten by asking for it; one that breaks the context stays.
  cudaGetLastError();
  const bool late = !waits_for_kernels() && cudaGetLastError() != cudaSuccess;
  throw DeviceError(fmt::format(
      "CUDA, {}: {} ({}){}", what, cudaGetErrorString(status), cudaGetErrorName(status),
      late ? "; it may have come from an earlier operation: with ADORA_CUDA_SYNC=1 it is reported where it happened"
           : ""));
}

int device_count() {
  static const int count = [] {
    int found = 0;
    // Without a driver, or with one that is too old, this is an error: then there are none.
    if (cudaGetDeviceCount(&found) != cudaSuccess) {
      cudaGetLastError();
      return 0;
    }
    return found;
  }();
  return count;
}

void use_device() {
  thread_local bool chosen = false;
  if (chosen) [[likely]]
    return;
  check(device_count() > 0,
        "there is no device cuda:0: the program found no NVIDIA GPU with a working driver; use cpu");
  check_status(cudaSetDevice(0), "choosing the device");
  chosen = true;
}

cudaStream_t stream() {
  static cudaStream_t the_stream = [] {
    use_device();
    cudaStream_t made;
    check_status(cudaStreamCreateWithFlags(&made, cudaStreamNonBlocking), "making a stream");
    return made;
  }();
  use_device();
  return the_stream;
}

void synchronize() {
  if (device_count() == 0) return;
  check(!adora::cuda::recording(),
        "while a graph is recorded nothing is computed, and no result can be had on the CPU (item, to_vector): leave "
        "that out of what is recorded");
  check_status(cudaStreamSynchronize(stream()), "waiting for the device");
  throw_faults();
}

bool waits_for_kernels() {
  static const bool waits = [] {
    const char* value = std::getenv("ADORA_CUDA_SYNC");
    return value != nullptr && *value != '\0' && std::string(value) != "0";
  }();
  return waits && !adora::cuda::recording();
}

const DeviceProperties& device_properties() {
  static const DeviceProperties known = [] {
    use_device();
    cudaDeviceProp properties;
    check_status(cudaGetDeviceProperties(&properties, 0), "asking what the device is");
    return DeviceProperties{properties.multiProcessorCount, properties.sharedMemPerBlockOptin};
  }();
  return known;
}

namespace {
void read(void* host, const void* device, std::size_t bytes) {
  if (!adora::cuda::recording()) {
    check_status(cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, stream()), "reading from the device");
  }
  synchronize();
}

[[maybe_unused]] const bool installed = [] {
  adora::cuda::install({device_count, synchronize, read, begin_recording, end_recording, replay, discard, write,
                        [] { return attention_library.is_there && attention_library.is_there(); }});
  return true;
}();
}  // namespace

}  // namespace adora::backends::cuda
