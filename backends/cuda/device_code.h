#pragma once
#include "../../core/tensor.h"
#include "launch.h"

/// Helpers of kernels: reading and writing numbers of any dtype, and sums over the threads of a warp or a block.
namespace adora::backends::cuda {

/// Element i of numbers of `dtype`, as a C (float, double or int64).
template <class C> __device__ C load(const void* data, DType dtype, std::int64_t i) {
  switch (dtype) {
    case DType::float32: return static_cast<C>(static_cast<const float*>(data)[i]);
    case DType::float64: return static_cast<C>(static_cast<const double*>(data)[i]);
    case DType::bfloat16: return static_cast<C>(static_cast<float>(static_cast<const bf16*>(data)[i]));
    case DType::float16: return static_cast<C>(static_cast<float>(static_cast<const f16*>(data)[i]));
    case DType::int64: return static_cast<C>(static_cast<const std::int64_t*>(data)[i]);
    case DType::int32: return static_cast<C>(static_cast<const std::int32_t*>(data)[i]);
    case DType::uint8: return static_cast<C>(static_cast<const std::uint8_t*>(data)[i]);
    case DType::boolean: return static_cast<C>(static_cast<const bool*>(data)[i]);
  }
  return C(0);
}

/// Element i of numbers of `dtype` = value, rounded.
template <class C> __device__ void store(void* data, DType dtype, std::int64_t i, C value) {
  switch (dtype) {
    case DType::float32: static_cast<float*>(data)[i] = static_cast<float>(value); return;
    case DType::float64: static_cast<double*>(data)[i] = static_cast<double>(value); return;
    case DType::bfloat16: static_cast<bf16*>(data)[i] = bf16(static_cast<float>(value)); return;
    case DType::float16: static_cast<f16*>(data)[i] = f16(static_cast<float>(value)); return;
    case DType::int64: static_cast<std::int64_t*>(data)[i] = static_cast<std::int64_t>(value); return;
    case DType::int32: static_cast<std::int32_t*>(data)[i] = static_cast<std::int32_t>(value); return;
    case DType::uint8: static_cast<std::uint8_t*>(data)[i] = static_cast<std::uint8_t>(value); return;
    case DType::boolean: static_cast<bool*>(data)[i] = value != C(0); return;
  }
}

inline constexpr unsigned all_lanes = 0xffffffffu;

struct Plus {
  template <class T> __device__ T operator()(T a, T b) const { return a + b; }
};
/// The larger, NaN where one is.
struct Larger {
  template <class T> __device__ T operator()(T a, T b) const { return a > b || a != a ? a : b; }
};

/// The larger; NaN is passed over, as long as the first argument never is one.
struct LargerNumber {
  template <class T> __device__ T operator()(T a, T b) const { return b > a ? b : a; }
};
struct Smaller {
  template <class T> __device__ T operator()(T a, T b) const { return a < b ? a : b; }
};

/// The values of a warp's 32 lanes joined in a fixed order; every lane gets the result.
template <class T, class Join> __device__ T warp_reduce(T value, Join join) {
  for (int bits = 16; bits > 0; bits /= 2) {
    T other = __shfl_xor_sync(all_lanes, value, bits);
    // The same order in both lanes, so that both get the same bits.
    value = (threadIdx.x & static_cast<unsigned>(bits)) ? join(other, value) : join(value, other);
  }
  return value;
}

/// The values of all threads of a one-dimensional block (a multiple of 32, at most 1024) joined in a fixed order; every
/// thread gets the result. `neutral` changes nothing when joined. All threads must call it.
template <class T, class Join> __device__ T block_reduce(T value, T neutral, Join join) {
  __shared__ T parts[32];
  value = warp_reduce(value, join);
  const unsigned warp = threadIdx.x / 32, lane = threadIdx.x % 32, warps = blockDim.x / 32;
  __syncthreads();  // the parts of a call before have been read
  if (lane == 0) parts[warp] = value;
  __syncthreads();
  return warp_reduce(lane < warps ? parts[lane] : neutral, join);
}
template <class T> __device__ T block_sum(T value) { return block_reduce(value, T(0), Plus{}); }

/// The rows (runs along the last dimension) of a tensor of any strides whose elements are of type T.
template <class T> struct Rows {
  T* data = nullptr;
  std::int64_t count = 0;   ///< rows
  std::int64_t length = 0;  ///< of each
  std::int64_t stride = 1;  ///< between neighbors of a row, in elements
  int dims = 0;             ///< the others
  std::int64_t sizes[Shape::max_size] = {}, strides[Shape::max_size] = {};

  Rows() = default;
  explicit Rows(const Tensor& x)
      : data(static_cast<T*>(x.raw())), length(x.size(-1)), stride(x.strides().back()), dims(x.ndim() - 1) {
    count = length ? x.numel() / length : 0;
    for (int d = 0; d < dims; ++d) sizes[d] = x.shape()[d], strides[d] = x.strides()[d];
  }

  __device__ T* row(std::int64_t r) const {
    std::int64_t offset = 0;
    for (int d = dims - 1; d > 0; --d) {
      offset += r % sizes[d] * strides[d];
      r /= sizes[d];
    }
    return data + offset + (dims > 0 ? r * strides[0] : 0);
  }
};

}  // namespace adora::backends::cuda
