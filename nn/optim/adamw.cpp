#include "adamw.h"

#include "adam_update.h"
#include "optimizer_define.h"
#include "optimizer_registry.h"

namespace adora {
namespace {

const RegisterOptimizer registered =
    register_optimizer<AdamW, AdamWOptions>("adamw", {{"lr", &AdamWOptions::lr},
                                                      {"beta1", &AdamWOptions::beta1},
                                                      {"beta2", &AdamWOptions::beta2},
                                                      {"eps", &AdamWOptions::eps},
                                                      {"weight_decay", &AdamWOptions::weight_decay},
                                                      {"amsgrad", &AdamWOptions::amsgrad}});

}  // namespace

AdamW::AdamW(Parameters parameters, AdamWOptions options)
    : Optimizer(std::move(parameters), options.lr, moments(options.amsgrad), options.weight_decay), options_(options) {
  check_share("beta1", options.beta1), check_share("beta2", options.beta2);
  check_not_negative("eps", options.eps), check_not_negative("weight_decay", options.weight_decay);
}

void AdamW::step_together(const Stepping& those) {
  auto make = [&]<class T>(const detail::StepOf& step) { return detail::adam_update<T>(options_, step, true); };
  if (options_.amsgrad) detail::update_all<detail::AdamUpdate, 3>("adamw", those, make);
  else detail::update_all<detail::AdamUpdate, 2>("adamw", those, make);
}

}  // namespace adora
