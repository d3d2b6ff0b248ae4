#pragma once
#include <tuple>
#include <utility>

#include "runtime.h"

/// Starting kernels, and the little that their code needs to know of where it runs. Kernels are plain functions of
/// numbers and pointers; everything that reads tensors stays on the host's side.
namespace adora::backends::cuda {

/// Threads of a block where nothing speaks for another number.
inline constexpr int block_threads = 256;

/// Puts a kernel into the stream. `shared` bytes are what `dynamic_shared` gives each block.
template <class... P, class... A>
void launch(void (*kernel)(P...), dim3 grid, dim3 block, std::size_t shared, A&&... args) {
  if (grid.x == 0 || grid.y == 0 || grid.z == 0) return;
#ifdef ADORA_CUDA_EMULATOR
  // The arguments are copied, as a launch does it.
  emulator::submit([=, given = std::tuple<P...>(static_cast<P>(args)...)] {
    emulator::run(grid, block, shared, [&] { std::apply(kernel, given); });
  });
#else
  if (shared > (48 << 10)) {
    check_status(cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel),
                                      cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(shared)),
                 "asking for shared memory");
  }
  kernel<<<grid, block, shared, stream()>>>(static_cast<P>(args)...);
  check_status(cudaGetLastError(), "starting a kernel");
  if (waits_for_kernels()) synchronize();
#endif
}

/// The number of blocks of `threads` threads to launch for `n` items. It is no larger than keeps the device busy, so
/// that a kernel must loop over its items in steps of the grid.
inline unsigned blocks_for(std::int64_t n, int threads = block_threads) {
  const std::int64_t blocks = (n + threads - 1) / threads;
  const std::int64_t most =
      std::int64_t{device_properties().multiprocessors} * (8192 / threads);  // four times what fits at once
  return static_cast<unsigned>(blocks < most ? blocks : most);
}

/// The memory that the threads of a block share, as much as the launch asked for, aligned to 16 bytes.
template <class T> __device__ T* dynamic_shared() {
#ifdef ADORA_CUDA_EMULATOR
  return static_cast<T*>(emulator::dynamic_shared());
#else
  extern __shared__ __align__(16) unsigned char memory[];
  return reinterpret_cast<T*>(memory);
#endif
}

/// This thread's number among all of a one-dimensional grid, and how many there are.
__device__ inline std::int64_t global_thread() {
  return static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}
__device__ inline std::int64_t global_threads() { return static_cast<std::int64_t>(gridDim.x) * blockDim.x; }

}  // namespace adora::backends::cuda
