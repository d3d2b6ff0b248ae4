#include "color_map.h"

#include <cmath>
#include <iterator>

#include "../../autograd/grad_mode.h"
#include "../../ops/creation.h"
#include "../../ops/elementwise/abs.h"
#include "../../ops/elementwise/clamp.h"
#include "../../ops/elementwise/relu.h"
#include "../../ops/join.h"
#include "../../ops/operators.h"
#include "../../ops/reduce.h"

namespace adora {

Tensor color_map(const Tensor& x, double low, double high) {
  check_inputs("color_map", {&x});
  check(x.ndim() == 2, "color_map: x is {}; a picture is made of [height, width]", describe(x));
  check(std::isfinite(low) && std::isfinite(high) && low < high,
        "color_map: colors from {} to {}: the first must be below the second, and both finite", low, high);
  // Red, green and blue at equal distances; in between they go over into one another on straight lines.
  constexpr double colors[][3] = {
      {0.06, 0.17, 0.45}, {0.31, 0.56, 0.84}, {0.95, 0.95, 0.95}, {0.95, 0.62, 0.33}, {0.58, 0.22, 0.03}};
  constexpr int last = static_cast<int>(std::size(colors)) - 1;
  NoGrad no_grad;
  const Tensor numbers = to(x, float64), place = clamp((numbers - low) * (last / (high - low)), 0, last);
  Tensors channels;
  for (int channel = 0; channel < 3; ++channel) {
    Tensor level = zeros_like(place);
    for (int k = 0; k <= last; ++k) level = level + colors[k][channel] * relu(1 - abs(place - k));
    channels.push_back(level);
  }
  return to(stack(channels), float32);
}

Tensor color_map(const Tensor& x) {
  check_inputs("color_map", {&x});
  check(x.numel() > 0, "color_map: x is {}: no numbers to color", describe(x));
  const double low = item(min(to(x.detach(), float64))), high = item(max(to(x.detach(), float64)));
  return low < high ? color_map(x, low, high) : color_map(x, low - 1, high + 1);
}

}  // namespace adora
