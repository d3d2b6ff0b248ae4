#pragma once
#include "../core/random.h"
#include "kernel.h"

namespace adora::backends {

/// Which elements a dropout keeps: element i (counted row by row) is dropped where word i mod 4 of the Philox block
/// offset + i/4 is below p·2³². Nothing else is stored; whoever needs the mask again computes it again.
struct DropoutMask {
  double p = 0;  ///< the share that is dropped, in [0, 1]
  std::uint64_t seed = 0, stream = 0, offset = 0;
  const std::uint64_t* replayed =
      nullptr;  ///< on the device, what is added to the offset, or null: Generator::replayed

  DropoutMask() = default;
  /// Reserves the blocks for `elements` elements.
  DropoutMask(double p, std::int64_t elements, Generator& generator)
      : p(p),
        seed(generator.seed()),
        stream(generator.stream()),
        offset(generator.reserve((static_cast<std::uint64_t>(elements) + 3) / 4)),
        replayed(generator.replayed()) {}

  /// The block of the first four elements.
  ADORA_HD std::uint64_t first_block() const { return offset + (replayed ? *replayed : 0); }

  /// Words below this are dropped.
  ADORA_HD std::uint64_t threshold() const { return static_cast<std::uint64_t>(p * 4294967296.0); }
  /// The factor of kept elements, 1 / (1 - p), which keeps the expected value; 0 where p is 1.
  ADORA_HD double scale() const { return p < 1 ? 1 / (1 - p) : 0; }
};

/// out[i] = x[i]·scale where the mask keeps element i, 0 elsewhere. x and out contiguous, of one floating dtype; out
/// may be x.
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*out*/, const DropoutMask&> dropout{"dropout"};

}  // namespace adora::backends
