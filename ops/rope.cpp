#include "rope.h"

#include <cmath>

#include "../autograd/record.h"
#include "../backends/rope.h"
#include "op.h"

namespace adora {
namespace {

Tensor rotated(const Tensor& x, const RopeOptions& options, bool inverse) {
  Tensor y = empty_in_order_of(x);
  backends::rope(x, y, options.theta, options.start, options.layout == RopeLayout::interleaved, inverse);
  return record("rope", y, input(x, [=](const Tensor& g) { return rotated(g, options, !inverse); }));
}

}  // namespace

Tensor rope(const Tensor& x, const RopeOptions& options) {
  check_inputs("rope", {&x});
  check(is_floating(x.dtype()) && x.ndim() >= 2 && x.size(-1) % 2 == 0,
        "rope: {} must be floating, [..., tokens, head size] with an even head size", describe(x));
  constexpr std::int64_t last = std::int64_t{1} << 53;  // up to there a position is a number of its own in a double
  check(options.theta > 0 && std::isfinite(options.theta) && options.start >= 0 && options.start <= last - x.size(-2),
        "rope: theta ({}) must be positive and finite, and the start ({}) in 0 … 2^53 less the tokens", options.theta,
        options.start);
  return rotated(x, options, false);
}
const Op rope_op{"rope"};

}  // namespace adora
