#include "lion.h"

#include "optimizer_define.h"
#include "optimizer_registry.h"

namespace adora {
namespace {

template <class T> struct LionUpdate {
  T beta1, beta2, rest1, rest2, keep, rate;
  bool operator==(const LionUpdate&) const = default;
  ADORA_HD void operator()(T& param, T gradient, T& m) const {
    const T along = beta1 * m + rest1 * gradient;
    const T sign = along > T(0) ? T(1) : along < T(0) ? T(-1) : along;  // 0 and NaN are their own
    param = keep * param - rate * sign;
    m = beta2 * m + rest2 * gradient;
  }
};

const RegisterOptimizer registered =
    register_optimizer<Lion, LionOptions>("lion", {{"lr", &LionOptions::lr},
                                                   {"beta1", &LionOptions::beta1},
                                                   {"beta2", &LionOptions::beta2},
                                                   {"weight_decay", &LionOptions::weight_decay}});

}  // namespace

Lion::Lion(Parameters parameters, LionOptions options)
    : Optimizer(std::move(parameters), options.lr, {{"exp_avg"}}, options.weight_decay), options_(options) {
  check_share("beta1", options.beta1), check_share("beta2", options.beta2);
  check_not_negative("weight_decay", options.weight_decay);
}

void Lion::step_together(const Stepping& those) {
  const LionOptions& o = options_;
  detail::update_all<LionUpdate, 1>("lion", those, [&]<class T>(const detail::StepOf& step) {
    return LionUpdate<T>{T(o.beta1), T(o.beta2), T(1 - o.beta1), T(1 - o.beta2), T(1 - step.lr * step.weight_decay),
                         T(step.lr)};
  });
}

}  // namespace adora
