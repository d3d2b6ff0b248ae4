#include "rmsprop.h"

#include "optimizer_define.h"
#include "optimizer_registry.h"

namespace adora {
namespace {

/// Keeps v, the mean square; where it is centered the mean m after it; with momentum the velocity at the end.
template <class T> struct RmsPropUpdate {
  T rate, decay, alpha, rest, eps, momentum;
  bool centered;
  bool operator==(const RmsPropUpdate&) const = default;

  ADORA_HD T slope(T param, T gradient, T& v) const {
    const T g = gradient + decay * param;
    v = alpha * v + rest * g * g;
    return g;
  }
  // Rounding may leave less than 0 of a variance that is 0, whose root would be NaN.
  ADORA_HD T deviation(T g, T v, T& m) const {
    m += rest * (g - m);
    const T variance = v - m * m;
    return math::sqrt(variance < T(0) ? T(0) : variance) + eps;
  }
  ADORA_HD void operator()(T& param, T gradient, T& v) const {
    const T g = slope(param, gradient, v);
    param -= rate * (g / (math::sqrt(v) + eps));
  }
  ADORA_HD void operator()(T& param, T gradient, T& v, T& other) const {
    const T g = slope(param, gradient, v);
    if (centered) {
      param -= rate * (g / deviation(g, v, other));
    } else {
      other = momentum * other + g / (math::sqrt(v) + eps);
      param -= rate * other;
    }
  }
  ADORA_HD void operator()(T& param, T gradient, T& v, T& m, T& velocity) const {
    const T g = slope(param, gradient, v);
    velocity = momentum * velocity + g / deviation(g, v, m);
    param -= rate * velocity;
  }
};

const RegisterOptimizer registered =
    register_optimizer<RMSprop, RmsPropOptions>("rmsprop", {{"lr", &RmsPropOptions::lr},
                                                            {"alpha", &RmsPropOptions::alpha},
                                                            {"eps", &RmsPropOptions::eps},
                                                            {"weight_decay", &RmsPropOptions::weight_decay},
                                                            {"momentum", &RmsPropOptions::momentum},
                                                            {"centered", &RmsPropOptions::centered}});

}  // namespace

RMSprop::RMSprop(Parameters parameters, RmsPropOptions options)
    : Optimizer(
          std::move(parameters), options.lr,
          [&] {
            std::vector<Kept> kept{{"square_avg", false}};
            if (options.centered) kept.push_back({"grad_avg"});
            if (options.momentum != 0) kept.push_back({"velocity"});
            return kept;
          }(),
          options.weight_decay),
      options_(options) {
  check_share("alpha", options.alpha), check_share("momentum", options.momentum);
  check_not_negative("eps", options.eps), check_not_negative("weight_decay", options.weight_decay);
}

void RMSprop::step_together(const Stepping& those) {
  const RmsPropOptions& o = options_;
  auto make = [&]<class T>(const detail::StepOf& step) {
    return RmsPropUpdate<T>{T(step.lr), T(step.weight_decay), T(o.alpha), T(1 - o.alpha),
                            T(o.eps),   T(o.momentum),        o.centered};
  };
  const int kept = 1 + (o.centered ? 1 : 0) + (o.momentum != 0 ? 1 : 0);
  if (kept == 1) detail::update_all<RmsPropUpdate, 1>("rmsprop", those, make);
  else if (kept == 2) detail::update_all<RmsPropUpdate, 2>("rmsprop", those, make);
  else detail::update_all<RmsPropUpdate, 3>("rmsprop", those, make);
}

}  // namespace adora
