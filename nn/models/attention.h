#pragma once
#include <optional>

#include "kv_cache.h"

namespace adora {

/// The heads of attention: those of queries share those of keys and values in groups (Ainslie et al., "GQA", 2023).
struct AttentionSizes {
  std::int64_t heads = 1;
  std::int64_t key_heads = 1;  ///< of keys and values; divides heads
  std::int64_t head_dim = 1;
  std::optional<double> rope_theta = {};  ///< of rotary positions; nothing: attention knows no positions
};

/// The cache that attention reads and writes besides the tokens it is given.
struct AttentionContext {
  /// Where keys and values go: without gradients, and an error where recording would want them.
  KvCache::Layer* cache = nullptr;
  /// One token more for each of its rows in the cache, which goes with it; null: texts from position 0.
  const KvCache::Step* step = nullptr;
};

/// Causal attention of projected tokens: q [B, T, heads·head_dim], k and v [B, T, key_heads·head_dim], or those of a
/// step, [n, …]; result like q. A step has no gradient, and refuses to be recorded: call it under NoGrad.
Tensor attend(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionSizes& sizes,
              const AttentionContext& context);

}  // namespace adora
