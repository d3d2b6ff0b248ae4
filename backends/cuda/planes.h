#pragma once
#include "device_code.h"

namespace adora::backends::cuda {

/// A place in a plane [D, H, W], and the plane's number among all [N, C].
struct PlanePlace {
  std::int64_t plane, at[3];

  /// Element i of planes with the sizes d, h, w.
  __device__ PlanePlace(std::int64_t i, std::int64_t d, std::int64_t h, std::int64_t w) {
    if (i <= 0xffffffffLL && d * h <= 0xffffffffLL / (w > 0 ? w : 1)) {  // 32-bit divisions are several times as fast
      auto rest = static_cast<unsigned>(i);
      at[2] = rest % static_cast<unsigned>(w), rest /= static_cast<unsigned>(w);
      at[1] = rest % static_cast<unsigned>(h), rest /= static_cast<unsigned>(h);
      at[0] = rest % static_cast<unsigned>(d), plane = rest / static_cast<unsigned>(d);
      return;
    }
    at[2] = i % w, i /= w;
    at[1] = i % h, i /= h;
    at[0] = i % d, plane = i / d;
  }
};

}  // namespace adora::backends::cuda
