#pragma once
#include "../module.h"

namespace adora {

struct EmaOptions {
  double decay = 0.999;  ///< in [0, 1]: the share of the mean that an update keeps
  /// Keeps (1 + t) / (10 + t) in update t, from 0, where that is less: a young mean follows sooner.
  bool warmup = false;
};

/// A running mean of a module's parameters, which often does better than the last ones (Polyak and Juditsky,
/// "Acceleration of stochastic approximation by averaging", 1992). Those of a half type are averaged in float32.
/// Buffers are not averaged. The module outlives it, and keeps its tensors: Module::to comes before.
///
///     Ema ema(net);
///     for (…) { …; optimizer.step(); ema.update(); }
///     {
///       Ema::InPlace averaged(ema);
///       evaluate(net);
///     }
class Ema {
 public:
  explicit Ema(const Module& module, EmaOptions options = {});

  void update();
  std::int64_t updates() const { return updates_; }
  /// The means by the parameters' names, as handles, in float32 or float64.
  StateDict average() const;
  /// Has the module's parameters be the means, for good.
  void copy_to_module() const;

  /// The module's parameters are the means as long as this lives, and then those before, bit for bit. An error where
  /// one lives already.
  class InPlace {
   public:
    explicit InPlace(Ema& ema);
    ~InPlace();
    InPlace(const InPlace&) = delete;
    InPlace& operator=(const InPlace&) = delete;

   private:
    Ema& ema_;
    Tensors before_;
  };

  /// The means and the number of updates ("updates").
  StateDict state_dict() const;
  void load_state_dict(const StateDict& state);

 private:
  void check_present(const char* function) const;

  std::vector<NamedTensor> parameters_;
  Tensors means_;
  EmaOptions options_;
  std::int64_t updates_ = 0;
  bool in_place_ = false;
};

}  // namespace adora
