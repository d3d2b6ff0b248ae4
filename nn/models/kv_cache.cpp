#include "kv_cache.h"

#include <algorithm>

#include "../../autograd/grad_mode.h"
#include "../../core/error.h"
#include "../../ops/creation.h"
#include "../../ops/view.h"

namespace adora {
namespace {

/// So many tokens more than are asked for get room, lest a text that has just begun is copied for its next token.
constexpr std::int64_t spare = 64;

Tensor lengthened(const Tensor& x, std::int64_t used, std::int64_t room) {
  Tensor longer = empty_like(x, {x.size(0), x.size(1), room, x.size(3)});
  copy_(slice(longer, 2, 0, used), slice(x, 2, 0, used));
  return longer;
}

bool turn_alike(const Rope& a, const Rope& b) { return a == b || (a && b && a->settings() == b->settings()); }

Tensor table_for(const KvCache::Layer& layer, std::int64_t tokens) {
  const Tensor& like = layer.rotations;
  return layer.rope ? layer.rope->table(tokens, like.dtype(), like.device()) : empty_like(like, {tokens, 0});
}

}  // namespace

void KvCache::make_room(std::int64_t tokens) {
  if (tokens <= room) return;
  check(tokens <= capacity, "KvCache: {} tokens are more than its {}", tokens, capacity);
  NoGrad no_grad;
  const std::int64_t wanted = std::min(capacity, std::max(tokens + spare, 2 * room));
  std::vector<Tensor> tables;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    std::size_t same = 0;  // most models have one or two kinds of layers
    while (same < i && !turn_alike(layers[same].rope, layers[i].rope)) ++same;
    tables.push_back(same < i ? tables[same] : table_for(layers[i], wanted));
  }
  for (Layer& layer : layers) {
    // Longer than `room` says does no harm if there is no memory for the next.
    layer.keys = lengthened(layer.keys, room, wanted);
    layer.values = lengthened(layer.values, room, wanted);
  }
  for (std::size_t i = 0; i < layers.size(); ++i) layers[i].rotations = tables[i];
  room = wanted;
}

}  // namespace adora
