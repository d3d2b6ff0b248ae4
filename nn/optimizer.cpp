#include "optimizer.h"

#include <cmath>

#include "../autograd/grad_mode.h"
#include "../autograd/variable.h"
#include "../backends/optimizer.h"
#include "../ops/compare.h"
#include "../ops/creation.h"

namespace adora {

Optimizer::Optimizer(std::vector<NamedTensor> parameters, double lr)
    : parameters_(std::move(parameters)),
      wide_(parameters_.size()),
      wide_version_(parameters_.size()),
      lr_(lr),
      steps_(parameters_.size()),
      lr_factors_(parameters_.size(), 1.0) {
  check(!parameters_.empty(), "an optimizer needs at least one parameter; is everything frozen?");
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto& [name, x] = parameters_[i];
    check(is_floating(x.dtype()) && x.is_contiguous(), "optimizer: {} ({}) must be floating and lie row by row", name,
          describe(x));
    NoGrad no_grad;
    if (size_of(x.dtype()) < 4) wide_[i] = to(x, float32);
    wide_version_[i] = x.storage()->version();
  }
}

Tensors& Optimizer::add_state(const char* kind) {
  auto added = std::make_unique<Kind>(Kind{kind, {}});
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    added->tensors.push_back(zeros_like(wide_[i].defined() ? wide_[i] : parameters_[i].tensor));
  }
  kinds_.push_back(std::move(added));
  return kinds_.back()->tensors;
}

// Where somebody else has written to a parameter of a half type, its elements that are no longer their twins'
// roundings take the twins' place.
void Optimizer::refresh_wide(std::size_t i) {
  const Tensor& x = parameters_[i].tensor;
  if (x.storage()->version() == wide_version_[i]) return;
  copy_(wide_[i], where(equal(x, to(wide_[i], x.dtype())), wide_[i], to(x, float32)));
}

Tensors Optimizer::Stepping::of(const Tensors& state) const {
  Tensors chosen;
  for (std::size_t i : index) chosen.push_back(state[i]);
  return chosen;
}

void Optimizer::step() {
  NoGrad no_grad;
  Stepping those;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor& x = parameters_[i].tensor;
    Tensor gradient = grad(x);
    if (!gradient.defined()) continue;
    if (wide_[i].defined()) refresh_wide(i);
    those.index.push_back(i);
    those.count.push_back(steps_[i] + 1);
    those.lr.push_back(lr_ * lr_factors_[i]);
    those.params.push_back(wide_[i].defined() ? wide_[i] : x);
    those.gradients.push_back(gradient);
  }
  step_together(those);
  for (std::size_t i : those.index) {
    ++steps_[i];
    const Tensor& x = parameters_[i].tensor;
    if (wide_[i].defined()) copy_(x, wide_[i]);
    else x.storage()->bump_version();
    wide_version_[i] = x.storage()->version();
  }
}

void Optimizer::scale_lr(double factor, const std::function<bool(const std::string&)>& which) {
  check(factor >= 0, "optimizer: a learning rate can't be {} times another", factor);
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    if (which(parameters_[i].name)) lr_factors_[i] = factor;
}

void Optimizer::zero_grad() {
  for (const auto& [name, x] : parameters_) clear_grad(x);
}

StateDict Optimizer::state_dict() const {
  StateDict state;
  state["step"] = tensor(steps_, {static_cast<std::int64_t>(steps_.size())});
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    for (const auto& kind : kinds_) state[kind->name + "." + parameters_[i].name] = kind->tensors[i];
    if (wide_[i].defined()) state["float32." + parameters_[i].name] = wide_[i];
  }
  return state;
}

void Optimizer::load_state_dict(const StateDict& state) {
  StateDict here = state_dict();
  for (const auto& [name, x] : here) {
    auto found = state.find(name);
    check(found != state.end(), "optimizer: the state has no '{}'; it belongs to other parameters or another optimizer",
          name);
    check(found->second.shape() == x.shape() && found->second.dtype() == x.dtype(),
          "optimizer: '{}' is {} in the state and must be {}", name, describe(found->second), describe(x));
  }
  for (const auto& [name, x] : state) {
    check(here.contains(name), "optimizer: the state has '{}', which no parameter here has", name);
  }
  const auto steps = to_vector<std::int64_t>(state.at("step"));
  for (std::int64_t count : steps) check(count >= 0, "optimizer: the state says that {} steps were taken", count);
  NoGrad no_grad;
  for (const auto& [name, x] : here) copy_(x, to(state.at(name), x.device()));
  steps_ = steps;
}

AdamW::AdamW(std::vector<NamedTensor> parameters, AdamWOptions options)
    : Optimizer(std::move(parameters), options.lr),
      options_(options),
      exp_avg_(add_state("exp_avg")),
      exp_avg_sq_(add_state("exp_avg_sq")) {}

void AdamW::step_together(const Stepping& those) {
  std::vector<backends::AdamWStep> steps;
  for (std::size_t i = 0; i < those.count.size(); ++i) {
    double t = static_cast<double>(those.count[i]);
    steps.push_back({.lr = those.lr[i],
                     .beta1 = options_.beta1,
                     .beta2 = options_.beta2,
                     .eps = options_.eps,
                     .weight_decay = options_.weight_decay,
                     .correction1 = 1 - std::pow(options_.beta1, t),
                     .correction2 = 1 - std::pow(options_.beta2, t)});
  }
  backends::adamw(those.params, those.gradients, those.of(exp_avg_), those.of(exp_avg_sq_), steps);
}

SGD::SGD(std::vector<NamedTensor> parameters, SgdOptions options)
    : Optimizer(std::move(parameters), options.lr),
      options_(options),
      velocity_(options.momentum != 0 ? &add_state("velocity") : nullptr) {}

void SGD::step_together(const Stepping& those) {
  std::vector<backends::SgdStep> steps;
  for (std::size_t i = 0; i < those.count.size(); ++i)
    steps.push_back({.lr = those.lr[i],
                     .momentum = options_.momentum,
                     .weight_decay = options_.weight_decay,
                     .first = those.count[i] == 1});
  backends::sgd(those.params, those.gradients, velocity_ ? those.of(*velocity_) : Tensors(), steps);
}

}  // namespace adora
