#pragma once
#include "device_code.h"

/// Many tensors in one launch: what a kernel has to know of each travels as its argument, and every block works on a
/// stretch of one of them.
namespace adora::backends::cuda {

/// At most `most` parts and the numbers of their first blocks, as a kernel's argument (32,764 bytes at most).
template <class P, int most> struct PartTable {
  int count = 0;
  int first_block[most + 1] = {0};
  P part[most];

  bool full() const { return count == most; }
  int blocks() const { return first_block[count]; }
  void add(const P& one, std::int64_t blocks) {
    part[count++] = one;
    first_block[count] = first_block[count - 1] + static_cast<int>(blocks);
  }
  void clear() { count = 0; }

  /// The part of a block: the last one that begins no later. Those without a block are passed over.
  __device__ int of_block(int block) const {
    int low = 0, high = count;  // first_block[low] <= block < first_block[high]
    while (high - low > 1) {
      const int middle = (low + high) / 2;
      if (first_block[middle] <= block) low = middle;
      else high = middle;
    }
    return low;
  }
};

}  // namespace adora::backends::cuda
