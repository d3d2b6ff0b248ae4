#include "adam.h"

#include "adam_update.h"
#include "optimizer_define.h"
#include "optimizer_registry.h"

namespace adora {
namespace {

const RegisterOptimizer registered =
    register_optimizer<Adam, AdamOptions>("adam", {{"lr", &AdamOptions::lr},
                                                   {"beta1", &AdamOptions::beta1},
                                                   {"beta2", &AdamOptions::beta2},
                                                   {"eps", &AdamOptions::eps},
                                                   {"weight_decay", &AdamOptions::weight_decay},
                                                   {"amsgrad", &AdamOptions::amsgrad}});

}  // namespace

Adam::Adam(Parameters parameters, AdamOptions options)
    : Optimizer(std::move(parameters), options.lr, moments(options.amsgrad), options.weight_decay), options_(options) {
  check_share("beta1", options.beta1), check_share("beta2", options.beta2);
  check_not_negative("eps", options.eps), check_not_negative("weight_decay", options.weight_decay);
}

void Adam::step_together(const Stepping& those) {
  auto make = [&]<class T>(const detail::StepOf& step) { return detail::adam_update<T>(options_, step, false); };
  if (options_.amsgrad) detail::update_all<detail::AdamUpdate, 3>("adam", those, make);
  else detail::update_all<detail::AdamUpdate, 2>("adam", those, make);
}

}  // namespace adora
