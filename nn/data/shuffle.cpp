#include "shuffle.h"

#include <numeric>
#include <utility>

#include "../../core/random.h"

namespace adora {

std::vector<std::size_t> shuffled_order(std::size_t count, std::uint64_t seed, std::int64_t epoch,
                                        std::uint64_t stream) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  Generator generator(seed, stream);
  generator.set_offset(static_cast<std::uint64_t>(epoch) << 32);
  for (std::size_t left = count; left > 1; --left) std::swap(order[left - 1], order[generator.below(left)]);
  return order;
}

}  // namespace adora
