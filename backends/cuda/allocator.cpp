#include "../../core/allocator.h"

#include "../../core/caching_allocator.h"
#include "../../core/error.h"
#include "runtime.h"

namespace adora::backends::cuda {
namespace {

/// Blocks on the GPU. All work goes into one stream, so that a block which is given back while kernels on it are still
/// to run can be handed out at once: what comes next runs after them.
class CudaAllocator final : public CachingAllocator {
  void* try_system(std::size_t size) override {
    use_device();
    void* data = nullptr;
    cudaError_t status = cudaMalloc(&data, size);
    if (status == cudaErrorMemoryAllocation) {
      cudaGetLastError();
      return nullptr;
    }
    check_status(status, "allocating");
    return data;
  }

  // Waits for the device; a failure says that it is lost, or that the program ends.
  void return_to_system(void* data) noexcept override { cudaFree(data); }

  void fail_out_of_memory(std::size_t size, const MemoryStats& stats) override {
    std::size_t free = 0, total = 0;
    cudaMemGetInfo(&free, &total);
    fail("out of memory on cuda:0: {} bytes were asked for while tensors hold {}, and {} of the device's {} are free",
         size, stats.current, free, total);
  }
};

[[maybe_unused]] const bool installed = [] {
  // Never destroyed: tensors with static lifetime may outlive everything here.
  set_allocator(DeviceType::cuda, new CudaAllocator);
  return true;
}();

}  // namespace
}  // namespace adora::backends::cuda
