#include "finite.h"

#include <algorithm>
#include <cmath>

#include "../autograd/grad_mode.h"
#include "../backends/sum_of_squares.h"
#include "../ops/arithmetic.h"
#include "../ops/creation.h"
#include "../ops/reduce.h"
#include "../ops/view.h"

namespace adora {
namespace {

/// Adds a tensor to those whose squares are summed; the CPU converts half types, in pieces that stay in its cache.
void add_pieces(Tensors& pieces, const Tensor& x) {
  constexpr std::int64_t piece = 1 << 17;
  if (size_of(x.dtype()) >= 4 || x.device().type != DeviceType::cpu || !x.is_contiguous() || x.numel() <= piece)
    return pieces.push_back(x);
  const Tensor row = reshape(x, {-1});
  for (std::int64_t begin = 0; begin < x.numel(); begin += piece)
    pieces.push_back(slice(row, 0, begin, std::min(begin + piece, x.numel())));
}

bool is_finite(const Tensor& x) { return std::isfinite(item(sum(to(x, float64) * 0.0))); }

}  // namespace

std::optional<std::string> find_not_finite(const StateDict& tensors) {
  NoGrad no_grad;
  for (const DeviceType type : {DeviceType::cpu, DeviceType::cuda}) {
    std::vector<StateDict::const_iterator> looked_at;
    Tensors numbers;
    for (auto at = tensors.begin(); at != tensors.end(); ++at)
      if (at->second.device().type == type && is_floating(at->second.dtype()) && at->second.numel() > 0)
        looked_at.push_back(at), add_pieces(numbers, at->second);
    if (numbers.empty()) continue;
    // Squares of float32 can't overflow in double. Where those of float64 have, a closer look decides.
    const Tensor total = empty({1}, float64, numbers.front().device());
    backends::sum_of_squares(numbers, total);
    if (std::isfinite(item(total))) continue;
    for (const auto& at : looked_at)
      if (!is_finite(at->second)) return at->first;
  }
  return {};
}

void check_finite(const StateDict& tensors, const std::string& where) {
  const auto name = find_not_finite(tensors);
  if (name) throw NotFinite(fmt::format("{}: {} has a number that is not finite (NaN or infinite)", where, *name));
}

}  // namespace adora
