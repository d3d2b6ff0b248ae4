#pragma once
#include <cstdint>
#include <limits>

#include "../state_dict.h"

namespace adora {

struct PlateauOptions {
  double factor = 0.1;         ///< in [0, 1)
  std::int64_t patience = 10;  ///< metrics in turn that may be no better before the rate falls; 0 or more
  double threshold = 1e-4;     ///< 0 or more: what a metric must be better by
  bool relative = true;        ///< that is a share of the best, or an amount
  bool largest = false;        ///< a larger metric is better
  std::int64_t cooldown = 0;   ///< metrics after a fall that don't count; 0 or more
  double least = 0;            ///< the factor never falls below it; 0 or more
};

/// Lowers the learning rate when a metric no longer gets better (PyTorch's ReduceLROnPlateau). It depends on what was
/// measured, and so is no function of the step: as a schedule it gives the factor of the moment.
///
///     Plateau plateau({.patience = 3});
///     TrainerOptions options{.schedule = plateau.schedule()};
///     … plateau.update(loss_of(validation)); …
class Plateau {
 public:
  explicit Plateau(PlateauOptions options = {});

  /// Takes note of a metric, as after an epoch; NaN is never better. The factor from here on.
  double update(double metric);
  double factor() const { return factor_; }
  /// Gives factor() in every step; this outlives it.
  auto schedule() const {
    return [this](std::int64_t, std::int64_t) { return factor_; };
  }

  /// What was noted so far. Taking it over is an error where it isn't such a state.
  StateDict state_dict() const;
  void load_state_dict(const StateDict& state);

 private:
  bool better(double metric) const;

  PlateauOptions options_;
  double factor_ = 1, best_;
  std::int64_t bad_ = 0, cooling_ = 0;
};

}  // namespace adora
