#pragma once
#include <memory>
#include <optional>

#include "kv_cache.h"
#include "rotary_positions.h"

namespace adora {

/// How a layer's attention is done. The heads of queries share those of keys and values in groups (Ainslie et al.,
/// "GQA", 2023).
struct AttentionSettings {
  std::int64_t heads = 1;
  std::int64_t key_heads = 1;  ///< of keys and values; divides heads
  std::int64_t head_dim = 1;
  Rope rope = {};                    ///< null: attention knows no positions
  std::int64_t window = 0;           ///< a token sees the last ones only, so many with its own; 0: all
  std::optional<double> scale = {};  ///< of the products; 1/√head_dim unless given
  double softcap = 0;                ///< of the scaled products (ops/attention.h); 0: none
};

/// The lengths of texts that lie one after the other in a single row; each is 1 or more.
using TextLengths = std::vector<std::int64_t>;

/// What attention goes by besides the tokens it is given: the cache that it reads and writes, or where texts end.
struct AttentionContext {
  /// Where keys and values go: without gradients, and an error where recording would want them.
  KvCache::Layer* cache = nullptr;
  /// One token more for each of its rows in the cache, which goes with it; null: texts from position 0.
  const KvCache::Step* step = nullptr;
  /// Of texts that are packed into one row: a token sees those of its own text alone, whose first one is at position 0.
  /// Null: each row is a text. Not with a cache.
  std::shared_ptr<const TextLengths> texts = {};
  /// Without a step: the tokens that every row of the cache has already, which these follow.
  std::int64_t before = 0;
};

/// Causal attention of projected tokens: q [B, T, heads·head_dim], k and v [B, T, key_heads·head_dim], or those of a
/// step, [n, …]; heads and their numbers may be two dimensions. The result is [B, T, heads·head_dim] or
/// [n, heads·head_dim]. A step has no gradient, and refuses to be recorded: call it under NoGrad.
Tensor attend(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionSettings& settings,
              const AttentionContext& context);

}  // namespace adora
