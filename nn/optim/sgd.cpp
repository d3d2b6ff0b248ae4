#include "sgd.h"

#include "optimizer_define.h"
#include "optimizer_registry.h"

namespace adora {
namespace {

template <class T> struct SgdUpdate {
  T rate, decay, momentum, share;
  bool nesterov;
  bool operator==(const SgdUpdate&) const = default;
  ADORA_HD void operator()(T& param, T gradient) const { param -= rate * (gradient + decay * param); }
  ADORA_HD void operator()(T& param, T gradient, T& velocity) const {
    const T slope = gradient + decay * param;
    velocity = momentum * velocity + share * slope;
    param -= rate * (nesterov ? slope + momentum * velocity : velocity);
  }
};

const RegisterOptimizer registered =
    register_optimizer<SGD, SgdOptions>("sgd", {{"lr", &SgdOptions::lr},
                                                {"momentum", &SgdOptions::momentum},
                                                {"weight_decay", &SgdOptions::weight_decay},
                                                {"dampening", &SgdOptions::dampening},
                                                {"nesterov", &SgdOptions::nesterov}});

}  // namespace

SGD::SGD(Parameters parameters, SgdOptions options)
    : Optimizer(std::move(parameters), options.lr,
                options.momentum != 0 ? std::vector<Kept>{{"velocity"}} : std::vector<Kept>{}, options.weight_decay),
      options_(options) {
  check_share("momentum", options.momentum), check_not_negative("weight_decay", options.weight_decay);
  check(options.dampening >= 0 && options.dampening <= 1, "optimizer: dampening must lie in [0, 1], not {}",
        options.dampening);
  check(!options.nesterov || (options.momentum > 0 && options.dampening == 0),
        "optimizer: nesterov asks for a momentum above 0 and no dampening, not {} and {}", options.momentum,
        options.dampening);
}

void SGD::step_together(const Stepping& those) {
  auto make = [&]<class T>(const detail::StepOf& step) {
    // The first gradient is the velocity, undampened.
    const double share = step.t > 1 ? 1 - options_.dampening : 1;
    return SgdUpdate<T>{T(step.lr), T(step.weight_decay), T(options_.momentum), T(share), options_.nesterov};
  };
  if (options_.momentum != 0) detail::update_all<SgdUpdate, 1>("sgd", those, make);
  else detail::update_all<SgdUpdate, 0>("sgd", those, make);
}

}  // namespace adora
