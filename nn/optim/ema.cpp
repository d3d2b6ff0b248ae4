#include "ema.h"

#include <algorithm>

#include "../../autograd/grad_mode.h"
#include "../../autograd/variable.h"
#include "../../ops/arithmetic.h"
#include "../../ops/creation.h"

namespace adora {

Ema::Ema(const Module& module, EmaOptions options) : parameters_(module.named_parameters("Ema")), options_(options) {
  check(options.decay >= 0 && options.decay <= 1, "Ema: the decay must lie in [0, 1], not {}", options.decay);
  check(!parameters_.empty(), "Ema: the module has no parameters");
  NoGrad no_grad;
  for (const auto& [name, x] : parameters_)
    means_.push_back(size_of(x.dtype()) < 4 ? to(x, float32) : clone(x).detach());
}

void Ema::check_present(const char* function) const {
  check(!in_place_, "{}: the module has the means in place of its parameters (Ema::InPlace)", function);
  for (const auto& [name, x] : parameters_) {
    const bool replaced = autograd_meta(x) && autograd_meta(x)->replaced;
    check(!replaced, "{}: '{}' is no more in its module, which was converted or moved; make a new Ema after that",
          function, name);
  }
}

void Ema::update() {
  check_present("Ema::update");
  const double t = static_cast<double>(updates_);
  const double decay = options_.warmup ? std::min(options_.decay, (1 + t) / (10 + t)) : options_.decay;
  NoGrad no_grad;
  for (std::size_t i = 0; i < means_.size(); ++i) {
    const Tensor now = to(parameters_[i].tensor, means_[i].dtype());
    copy_(means_[i], means_[i] + (now - means_[i]) * (1 - decay));
  }
  ++updates_;
}

StateDict Ema::average() const {
  StateDict result;
  for (std::size_t i = 0; i < means_.size(); ++i) result[parameters_[i].name] = means_[i];
  return result;
}

void Ema::copy_to_module() const {
  check_present("Ema::copy_to_module");
  NoGrad no_grad;
  for (std::size_t i = 0; i < means_.size(); ++i)
    copy_(parameters_[i].tensor, to(means_[i], parameters_[i].tensor.dtype()));
}

Ema::InPlace::InPlace(Ema& ema) : ema_(ema) {
  NoGrad no_grad;
  ema.check_present("Ema::InPlace");
  for (const auto& [name, x] : ema.parameters_) before_.push_back(clone(x));
  ema.copy_to_module();
  ema.in_place_ = true;
}

Ema::InPlace::~InPlace() {
  NoGrad no_grad;
  for (std::size_t i = 0; i < before_.size(); ++i) copy_(ema_.parameters_[i].tensor, before_[i]);
  ema_.in_place_ = false;
}

StateDict Ema::state_dict() const {
  StateDict state;
  for (const auto& [name, mean] : average()) state["mean." + name] = mean;
  state["updates"] = tensor<std::int64_t>({updates_}, cpu);
  return state;
}

void Ema::load_state_dict(const StateDict& given) {
  const StateDict here = state_dict();
  const StateDict state = match_state_dict(given, {.tensors = here, .same_dtype = true}, "Ema: the state");
  const auto updates = to_vector<std::int64_t>(state.at("updates"));
  check(updates[0] >= 0, "Ema: the state says that there were {} updates", updates[0]);
  NoGrad no_grad;
  for (const auto& [name, x] : here)
    if (name != "updates") copy_(x, to(state.at(name), x.device()));
  updates_ = updates[0];
}

}  // namespace adora
