#include "adagrad.h"

#include "optimizer_define.h"
#include "optimizer_registry.h"

namespace adora {
namespace {

template <class T> struct AdagradUpdate {
  T rate, decay, eps;
  bool operator==(const AdagradUpdate&) const = default;
  ADORA_HD void operator()(T& param, T gradient, T& sum) const {
    const T g = gradient + decay * param;
    sum += g * g;
    param -= rate * (g / (math::sqrt(sum) + eps));
  }
};

const RegisterOptimizer registered = register_optimizer<Adagrad, AdagradOptions>(
    "adagrad", {{"lr", &AdagradOptions::lr},
                {"lr_decay", &AdagradOptions::lr_decay},
                {"weight_decay", &AdagradOptions::weight_decay},
                {"initial_accumulator_value", &AdagradOptions::initial_accumulator_value},
                {"eps", &AdagradOptions::eps}});

}  // namespace

Adagrad::Adagrad(Parameters parameters, AdagradOptions options)
    : Optimizer(std::move(parameters), options.lr, {{"sum", false, options.initial_accumulator_value}},
                options.weight_decay),
      options_(options) {
  check_not_negative("lr_decay", options.lr_decay), check_not_negative("eps", options.eps);
  check_not_negative("weight_decay", options.weight_decay);
  check_not_negative("initial_accumulator_value", options.initial_accumulator_value);
}

void Adagrad::step_together(const Stepping& those) {
  detail::update_all<AdagradUpdate, 1>("adagrad", those, [&]<class T>(const detail::StepOf& step) {
    return AdagradUpdate<T>{T(step.lr / (1 + (step.t - 1) * options_.lr_decay)), T(step.weight_decay), T(options_.eps)};
  });
}

}  // namespace adora
