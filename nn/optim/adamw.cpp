#include "adamw.h"

#include <cmath>

#include "optimizer_define.h"

namespace adora {
namespace {

template <class T> struct AdamWUpdate {
  T beta1, beta2, rest1, rest2, keep, rate, root, eps;
  bool operator==(const AdamWUpdate&) const = default;
  ADORA_HD void operator()(T& param, T gradient, T& m, T& v) const {
    m = beta1 * m + rest1 * gradient;
    v = beta2 * v + rest2 * gradient * gradient;
    param = keep * param - rate * (m / (math::sqrt(v) / root + eps));
  }
};

}  // namespace

AdamW::AdamW(std::vector<NamedTensor> parameters, AdamWOptions options)
    : Optimizer(std::move(parameters), options.lr, {{"exp_avg"}, {"exp_avg_sq", false}}), options_(options) {
  check_share("beta1", options.beta1), check_share("beta2", options.beta2);
  check_not_negative("eps", options.eps), check_not_negative("weight_decay", options.weight_decay);
}

void AdamW::step_together(const Stepping& those) {
  const AdamWOptions& o = options_;
  detail::update_all<AdamWUpdate, 2>("adamw", those, [&]<class T>(double lr, double t) {
    return AdamWUpdate<T>{T(o.beta1),
                          T(o.beta2),
                          T(1 - o.beta1),
                          T(1 - o.beta2),
                          T(1 - lr * o.weight_decay),
                          T(lr / (1 - std::pow(o.beta1, t))),
                          T(std::sqrt(1 - std::pow(o.beta2, t))),
                          T(o.eps)};
  });
}

}  // namespace adora
