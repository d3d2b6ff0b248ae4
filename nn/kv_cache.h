#pragma once
#include <vector>

#include "../core/tensor.h"

namespace adora {

/// The keys and values of the tokens that a model has read, so that each further token costs one token's work. Rows
/// (texts) may have different lengths. All memory is taken at once.
struct KvCache {
  struct Layer {
    Tensor keys;    ///< [rows, key heads, capacity, head size], turned to their positions
    Tensor values;  ///< [rows, key heads, capacity, head size]
  };
  /// Which row each token of a step continues, and at which position: int64 [n] both.
  struct Step {
    Tensor rows;
    Tensor positions;
    const Tensor& rotations;
  };

  std::vector<Layer> layers;
  std::vector<std::int64_t> lengths;  ///< tokens in each row
  std::int64_t capacity = 0;
  Tensor rotations;  ///< [capacity, head size]: the cosines and sines of each position's rotary angles
};

}  // namespace adora
