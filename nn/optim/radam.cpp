#include "radam.h"

#include <cmath>

#include "optimizer_define.h"
#include "optimizer_registry.h"

namespace adora {
namespace {

template <class T> struct RAdamUpdate {
  T beta1, beta2, rest1, rest2, decay, keep, rate, eps;
  bool adaptive;
  bool operator==(const RAdamUpdate&) const = default;
  ADORA_HD void operator()(T& param, T gradient, T& m, T& v) const {
    const T g = gradient + decay * param;
    m = beta1 * m + rest1 * g;
    v = beta2 * v + rest2 * g * g;
    param = keep * param - rate * (adaptive ? m / (math::sqrt(v) + eps) : m);
  }
};

const RegisterOptimizer registered = register_optimizer<RAdam, RAdamOptions>(
    "radam", {{"lr", &RAdamOptions::lr},
              {"beta1", &RAdamOptions::beta1},
              {"beta2", &RAdamOptions::beta2},
              {"eps", &RAdamOptions::eps},
              {"weight_decay", &RAdamOptions::weight_decay},
              {"decoupled_weight_decay", &RAdamOptions::decoupled_weight_decay}});

}  // namespace

RAdam::RAdam(Parameters parameters, RAdamOptions options)
    : Optimizer(std::move(parameters), options.lr, {{"exp_avg"}, {"exp_avg_sq", false}}, options.weight_decay),
      options_(options) {
  check_share("beta1", options.beta1), check_share("beta2", options.beta2);
  check_not_negative("eps", options.eps), check_not_negative("weight_decay", options.weight_decay);
}

void RAdam::step_together(const Stepping& those) {
  const RAdamOptions& o = options_;
  detail::update_all<RAdamUpdate, 2>("radam", those, [&]<class T>(const detail::StepOf& step) {
    const double power = std::pow(o.beta2, step.t), correction = 1 - power;
    // The lengths of the means of squares: in the end, and so far.
    const double end = 2 / (1 - o.beta2) - 1, length = end - 2 * step.t * power / correction;
    const bool adaptive = length > 5;
    double rate = step.lr / (1 - std::pow(o.beta1, step.t));
    if (adaptive)
      rate *= std::sqrt(correction) * std::sqrt((length - 4) * (length - 2) * end / ((end - 4) * (end - 2) * length));
    return RAdamUpdate<T>{T(o.beta1),
                          T(o.beta2),
                          T(1 - o.beta1),
                          T(1 - o.beta2),
                          T(o.decoupled_weight_decay ? 0 : step.weight_decay),
                          T(o.decoupled_weight_decay ? 1 - step.lr * step.weight_decay : 1),
                          T(rate),
                          T(o.eps),
                          adaptive};
  });
}

}  // namespace adora
