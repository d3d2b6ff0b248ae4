#include "plateau.h"

#include <algorithm>
#include <cmath>

#include "../../ops/creation.h"

namespace adora {
namespace {
constexpr double infinity = std::numeric_limits<double>::infinity();
}

Plateau::Plateau(PlateauOptions options) : options_(options), best_(options.largest ? -infinity : infinity) {
  check(options.factor >= 0 && options.factor < 1, "Plateau: the factor must lie in [0, 1), not {}", options.factor);
  check(options.patience >= 0 && options.cooldown >= 0,
        "Plateau: patience and cooldown must be 0 or more, not {} and {}", options.patience, options.cooldown);
  check(std::isfinite(options.threshold) && options.threshold >= 0,
        "Plateau: the threshold must be a finite number of 0 or more, not {}", options.threshold);
  check(std::isfinite(options.least) && options.least >= 0,
        "Plateau: the least factor must be a finite number of 0 or more, not {}", options.least);
}

bool Plateau::better(double metric) const {
  if (std::isinf(best_)) return options_.largest ? metric > best_ : metric < best_;
  const double by = options_.relative ? options_.threshold * best_ : options_.threshold;
  return options_.largest ? metric > best_ + by : metric < best_ - by;
}

double Plateau::update(double metric) {
  if (better(metric)) best_ = metric, bad_ = 0;
  else ++bad_;
  if (cooling_ > 0) --cooling_, bad_ = 0;
  if (bad_ > options_.patience) {
    factor_ = std::min(factor_, std::max(factor_ * options_.factor, options_.least));
    cooling_ = options_.cooldown, bad_ = 0;
  }
  return factor_;
}

StateDict Plateau::state_dict() const {
  return {{"factor", tensor<double>({factor_}, cpu)},
          {"best", tensor<double>({best_}, cpu)},
          {"counts", tensor<std::int64_t>({bad_, cooling_}, cpu)}};
}

void Plateau::load_state_dict(const StateDict& given) {
  const StateDict state = match_state_dict(given, {.tensors = state_dict(), .same_dtype = true}, "Plateau: the state");
  const double factor = item(state.at("factor")), best = item(state.at("best"));
  const auto counts = to_vector<std::int64_t>(state.at("counts"));
  check(factor >= 0 && factor <= 1 && !std::isnan(best) && counts[0] >= 0 && counts[1] >= 0,
        "Plateau: the state has a factor of {}, a best of {} and counts of {} and {}, which no metrics lead to", factor,
        best, counts[0], counts[1]);
  factor_ = factor, best_ = best, bad_ = counts[0], cooling_ = counts[1];
}

}  // namespace adora
