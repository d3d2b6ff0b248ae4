#include "rotary_positions.h"

#include <cmath>

#include "../../core/error.h"
#include "../../ops/creation.h"
#include "../../ops/view.h"
#include "rope_scaling.h"

namespace adora {

RotaryPositions::RotaryPositions(Settings settings)
    : settings_(std::move(settings)), depends_on_length_(rope_kind(settings_.scaling.rope_type).depends_on_length) {
  check(settings_.theta > 0 && std::isfinite(settings_.theta), "RotaryPositions: theta must be positive, not {}",
        settings_.theta);
  check(settings_.dims > 0 && settings_.dims % 2 == 0, "RotaryPositions: {} numbers of a head can't be turned in pairs",
        settings_.dims);
  angles_ = scaled_angles(settings_, 1);
}

RotaryAngles RotaryPositions::angles(std::int64_t tokens) const {
  return depends_on_length_ ? scaled_angles(settings_, tokens) : angles_;
}

Tensor RotaryPositions::turn(const Tensor& x, std::int64_t start) const {
  RotaryAngles now = angles(start + x.size(-2));
  return rope(x, {.start = start, .frequencies = std::move(now.frequencies), .amplitude = now.amplitude});
}

Tensor RotaryPositions::table(std::int64_t tokens, DType dtype, Device device) const {
  const std::int64_t half = settings_.dims / 2;
  // Turned by a position's angles, a pair (1, 0) becomes their cosine and sine.
  Tensor pairs = zeros({tokens, settings_.dims}, dtype, device);
  fill_(slice(pairs, 1, 0, half), 1);
  if (!depends_on_length_) return turn(pairs);
  Tensor turned = empty_like(pairs);
  for (std::int64_t t = 0; t < tokens; ++t) {
    RotaryAngles at = angles(t + 1);
    const Tensor row = slice(pairs, 0, t, t + 1);
    copy_(slice(turned, 0, t, t + 1),
          rope(row, {.start = t, .frequencies = std::move(at.frequencies), .amplitude = at.amplitude}));
  }
  return turned;
}

}  // namespace adora
