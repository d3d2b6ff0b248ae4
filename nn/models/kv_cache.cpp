#include "kv_cache.h"

#include <algorithm>

#include "../../autograd/grad_mode.h"
#include "../../core/error.h"
#include "../../ops/creation.h"
#include "../../ops/rope.h"
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

}  // namespace

void KvCache::make_room(std::int64_t tokens) {
  if (tokens <= room) return;
  check(tokens <= capacity, "KvCache: {} tokens are more than its {}", tokens, capacity);
  NoGrad no_grad;
  const std::int64_t wanted = std::min(capacity, std::max(tokens + spare, 2 * room));
  // Turned by a position's angles, a pair (1, 0) becomes their cosine and sine.
  const std::int64_t d = rotations.size(1);
  Tensor pairs = zeros({wanted, d}, rotations.dtype(), rotations.device());
  fill_(slice(pairs, 1, 0, d / 2), 1);
  Tensor turned = rope_theta ? rope(pairs, {.theta = *rope_theta}) : pairs;
  for (Layer& layer : layers) {
    // Longer than `room` says does no harm if there is no memory for the next.
    layer.keys = lengthened(layer.keys, room, wanted);
    layer.values = lengthened(layer.values, room, wanted);
  }
  rotations = turned;
  room = wanted;
}

}  // namespace adora
