#pragma once
// Stands in for the CUDA toolkit's header of this name; README.md says why.
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <type_traits>

#define ADORA_CUDA_EMULATOR 1
#define __global__
#define __device__
#define __host__
#define __constant__
#define __shared__ static  // the blocks run one after the other
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __grid_constant__
#define __align__(n) alignas(n)
#define __restrict__ __restrict

// ---- vector types ----------------------------------------------------------------------------------------------

struct uint3 {
  unsigned x, y, z;
};
struct dim3 {
  unsigned x = 1, y = 1, z = 1;
  constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};
struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(16) double2 {
  double x, y;
};
struct alignas(8) uint2 {
  unsigned x, y;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

// ---- threads ---------------------------------------------------------------------------------------------------

inline uint3 threadIdx, blockIdx;
inline dim3 blockDim, gridDim;
inline constexpr int warpSize = 32;

namespace emulator {

/// Runs `thread` for each thread of each block.
void run(dim3 grid, dim3 block, std::size_t shared, const std::function<void()>& thread);

/// Does what is put into the stream or, while a graph is recorded, notes it.
void submit(std::function<void()> work);

/// The running block's shared memory.
void* dynamic_shared();

void block_barrier();
/// For the lanes of the running thread's warp that are set in `mask`.
void warp_barrier(unsigned mask);

/// Gives `size` bytes to the other lanes of the warp and reads those that `lane` gave; all of `mask` must call it.
void exchange(unsigned mask, const void* mine, std::size_t size, int lane, void* theirs);

/// The same, reading what all 32 lanes gave, one after the other.
void gather(unsigned mask, const void* mine, std::size_t size, void* all);

/// Asynchronous copies of this thread: `there` bytes of `from`, then zeros up to `size`. They come to pass at once or,
/// with ADORA_EMULATOR_ORDER=backwards, as late as they may: when the thread waits for them.
void copy_later(void* to, const void* from, std::size_t size, std::size_t there);
/// Ends a group of copies.
void end_copies();
/// Waits until no more than `left` groups are under way.
void wait_for_copies(int left);

/// This thread's number in its warp.
int lane();

}  // namespace emulator

inline void __syncthreads() { emulator::block_barrier(); }
inline void __syncwarp(unsigned mask = 0xffffffffu) { emulator::warp_barrier(mask); }
inline void __threadfence() {}
inline void __threadfence_block() {}

template <class T> T __shfl_sync(unsigned mask, T value, int source, int width = 32) {
  T result;
  int lane = emulator::lane();
  emulator::exchange(mask, &value, sizeof value, (lane / width) * width + source % width, &result);
  return result;
}
template <class T> T __shfl_xor_sync(unsigned mask, T value, int bits, int = 32) {
  T result;
  emulator::exchange(mask, &value, sizeof value, emulator::lane() ^ bits, &result);
  return result;
}
template <class T> T __shfl_down_sync(unsigned mask, T value, unsigned by, int width = 32) {
  T result;
  int lane = emulator::lane(), from = lane + static_cast<int>(by);
  emulator::exchange(mask, &value, sizeof value, from / width == lane / width ? from : lane, &result);
  return result;
}
template <class T> T __shfl_up_sync(unsigned mask, T value, unsigned by, int width = 32) {
  T result;
  int lane = emulator::lane(), from = lane - static_cast<int>(by);
  emulator::exchange(mask, &value, sizeof value, from >= lane / width * width ? from : lane, &result);
  return result;
}
inline unsigned __ballot_sync(unsigned mask, int predicate) {
  unsigned bits = 0;
  for (int lane = 0; lane < 32; ++lane) {
    int theirs = 0;
    emulator::exchange(mask, &predicate, sizeof predicate, lane, &theirs);
    if ((mask >> lane & 1u) && theirs) bits |= 1u << lane;
  }
  return bits;
}
inline int __any_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) != 0; }
inline int __all_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) == mask; }

// Threads hand over at barriers alone, so that plain code is atomic.
template <class T> T atomicAdd(T* at, T value) {
  T before = *at;
  *at = before + value;
  return before;
}
template <class T> T atomicMax(T* at, T value) {
  T before = *at;
  if (value > before) *at = value;
  return before;
}
template <class T> T atomicMin(T* at, T value) {
  T before = *at;
  if (value < before) *at = value;
  return before;
}
template <class T> T atomicCAS(T* at, T expected, T value) {
  T before = *at;
  if (before == expected) *at = value;
  return before;
}
template <class T> T atomicExch(T* at, T value) {
  T before = *at;
  *at = value;
  return before;
}

template <class T> T __ldg(const T* at) { return *at; }
inline float __fdividef(float a, float b) { return a / b; }
inline float __expf(float x) { return std::exp(x); }
inline float rsqrtf(float x) { return 1.0f / std::sqrt(x); }
inline double rsqrt(double x) { return 1.0 / std::sqrt(x); }
inline int __float_as_int(float x) { return std::bit_cast<int>(x); }
inline float __int_as_float(int x) { return std::bit_cast<float>(x); }
inline unsigned __float_as_uint(float x) { return std::bit_cast<unsigned>(x); }
inline float __uint_as_float(unsigned x) { return std::bit_cast<float>(x); }
inline unsigned __umulhi(unsigned a, unsigned b) { return static_cast<unsigned>(std::uint64_t{a} * b >> 32); }
inline int __popc(unsigned x) { return std::popcount(x); }
inline int __ffs(int x) { return x ? std::countr_zero(static_cast<unsigned>(x)) + 1 : 0; }

// ---- the runtime -----------------------------------------------------------------------------------------------

enum cudaError_t {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorMemoryAllocation = 2,
  cudaErrorNoDevice = 100,
  cudaErrorStreamCaptureUnsupported = 900,
  cudaErrorIllegalAddress = 700,
  cudaErrorLaunchFailure = 719,
  cudaErrorMisalignedAddress = 716,
};
enum cudaMemcpyKind { cudaMemcpyHostToDevice = 1, cudaMemcpyDeviceToHost = 2, cudaMemcpyDeviceToDevice = 3 };
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize = 8 };
enum cudaStreamCaptureMode { cudaStreamCaptureModeRelaxed = 2 };
using cudaStream_t = struct EmulatedStream*;
using cudaGraph_t = struct EmulatedGraph*;
using cudaGraphExec_t = struct EmulatedGraph*;
inline constexpr unsigned cudaStreamNonBlocking = 1;

struct cudaDeviceProp {
  char name[256];
  int multiProcessorCount;
  std::size_t sharedMemPerBlockOptin;
  std::size_t totalGlobalMem;
  int major, minor;
  int l2CacheSize;
};

const char* cudaGetErrorName(cudaError_t error);
const char* cudaGetErrorString(cudaError_t error);
cudaError_t cudaGetLastError();
cudaError_t cudaGetDeviceCount(int* count);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device);
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaMalloc(void** data, std::size_t bytes);
cudaError_t cudaFree(void* data);
cudaError_t cudaMallocHost(void** data, std::size_t bytes);
cudaError_t cudaFreeHost(void* data);
cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total);
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t stream);
cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t stream);
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode);
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph);
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* ready, cudaGraph_t graph, unsigned long long flags);
cudaError_t cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t stream);
cudaError_t cudaGraphDestroy(cudaGraph_t graph);
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t graph);
cudaError_t cudaFuncSetAttribute(const void* function, cudaFuncAttribute attribute, int value);
template <class T> cudaError_t cudaMalloc(T** data, std::size_t bytes) {
  return cudaMalloc(reinterpret_cast<void**>(data), bytes);
}
