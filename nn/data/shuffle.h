#pragma once
// Not in adora.h: the library's own.
#include <cstddef>
#include <cstdint>
#include <vector>

namespace adora {

/// 0 … count - 1 in an order that follows from the seed and the epoch alone; each stream has orders of its own.
std::vector<std::size_t> shuffled_order(std::size_t count, std::uint64_t seed, std::int64_t epoch,
                                        std::uint64_t stream = 0x5348);

}  // namespace adora
