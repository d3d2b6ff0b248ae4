#pragma once
#include "device_code.h"

/// Adding at places that numbers name, always in the same order: positions are sorted by place first.
namespace adora::backends::cuda {

/// n positions, each with a key; `order` puts them in an order, or they are in their own where it is null.
struct KeyedPositions {
  const std::int64_t* keys;
  std::int64_t key_stride, n;
  const std::int64_t* order;

  __device__ std::int64_t position(std::int64_t k) const { return order ? order[k] : k; }
  __device__ std::int64_t key(std::int64_t position) const { return keys[position * key_stride]; }
};

/// sums[keys[i]·inner + c] += adds[i, c], in the order of i, for numbers of `dtype`; keys below `bound`.
void add_sorted(KeyedPositions x, std::int64_t bound, const Tensor& adds, void* sums, DType dtype, std::int64_t inner);

/// out[index[i], …] += from[i, …], in the order of i, for an index [n] that has been checked. Sums of half types are
/// taken in float32 and rounded once, those of whole numbers in int64.
void add_rows(const Tensor& index, const Tensor& from, const Tensor& out);

}  // namespace adora::backends::cuda
