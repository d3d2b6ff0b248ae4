#pragma once
#include <vector>

#include "../../core/tensor.h"
#include "rotary_positions.h"

namespace adora {

/// The keys and values of the tokens that a model has read, so that each further token costs one token's work. Rows
/// (texts) may have different lengths. Memory is taken as they grow, about twice as much each time, up to the capacity.
struct KvCache {
  struct Layer {
    Tensor keys;    ///< [rows, key heads, room, head size], turned to their positions
    Tensor values;  ///< [rows, key heads, room, head size]
    Rope rope = {};
    /// [room, numbers that are turned]: what the layer's positions are turned by (RotaryPositions::table), shared with
    /// other layers; [room, 0] where keys are not turned.
    Tensor rotations = {};
  };
  /// The row that each of n tokens continues and its position there, int64 [n] both.
  struct Step {
    Tensor rows;
    Tensor positions;
  };

  std::vector<Layer> layers;
  std::vector<std::int64_t> lengths;  ///< tokens in each row
  std::int64_t capacity = 0;          ///< the most tokens of a row
  std::int64_t room = 0;              ///< the tokens of a row that there is memory for

  /// Makes room for rows of so many tokens, at most the capacity. Where memory runs out the cache stays as it was.
  void make_room(std::int64_t tokens);
};

}  // namespace adora
