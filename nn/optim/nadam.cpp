#include "nadam.h"

#include <cmath>

#include "optimizer_define.h"
#include "optimizer_registry.h"

namespace adora {
namespace {

template <class T> struct NAdamUpdate {
  T beta1, beta2, rest1, rest2, decay, keep, of_gradient, of_mean, correction, eps;
  bool operator==(const NAdamUpdate&) const = default;
  ADORA_HD void operator()(T& param, T gradient, T& m, T& v) const {
    const T g = gradient + decay * param;
    m = beta1 * m + rest1 * g;
    v = beta2 * v + rest2 * g * g;
    const T root = math::sqrt(v / correction) + eps;
    param = keep * param - of_gradient * (g / root) - of_mean * (m / root);
  }
};

const RegisterOptimizer registered = register_optimizer<NAdam, NAdamOptions>(
    "nadam", {{"lr", &NAdamOptions::lr},
              {"beta1", &NAdamOptions::beta1},
              {"beta2", &NAdamOptions::beta2},
              {"eps", &NAdamOptions::eps},
              {"weight_decay", &NAdamOptions::weight_decay},
              {"momentum_decay", &NAdamOptions::momentum_decay},
              {"decoupled_weight_decay", &NAdamOptions::decoupled_weight_decay}});

}  // namespace

NAdam::NAdam(Parameters parameters, NAdamOptions options)
    : Optimizer(std::move(parameters), options.lr, {{"exp_avg"}, {"exp_avg_sq", false}}, options.weight_decay),
      options_(options) {
  check_share("beta1", options.beta1), check_share("beta2", options.beta2);
  check_not_negative("eps", options.eps), check_not_negative("weight_decay", options.weight_decay);
  check_not_negative("momentum_decay", options.momentum_decay);
}

double NAdam::momentum(double t) const {
  return options_.beta1 * (1 - 0.5 * std::pow(0.96, t * options_.momentum_decay));
}

// Multiplied in one order, so that a training that goes on has the very products.
double NAdam::momenta(double t) {
  const auto steps = static_cast<std::size_t>(t);
  while (momenta_.size() <= steps && momenta_.back() > 0)
    momenta_.push_back(momenta_.back() * momentum(static_cast<double>(momenta_.size())));
  return steps < momenta_.size() ? momenta_[steps] : 0;
}

void NAdam::step_together(const Stepping& those) {
  const NAdamOptions& o = options_;
  detail::update_all<NAdamUpdate, 2>("nadam", those, [&]<class T>(const detail::StepOf& step) {
    const double now = momentum(step.t), next = momentum(step.t + 1), all = momenta(step.t);
    return NAdamUpdate<T>{T(o.beta1),
                          T(o.beta2),
                          T(1 - o.beta1),
                          T(1 - o.beta2),
                          T(o.decoupled_weight_decay ? 0 : step.weight_decay),
                          T(o.decoupled_weight_decay ? 1 - step.lr * step.weight_decay : 1),
                          T(step.lr * (1 - now) / (1 - all)),
                          T(step.lr * next / (1 - all * next)),
                          T(1 - std::pow(o.beta2, step.t)),
                          T(o.eps)};
  });
}

}  // namespace adora
