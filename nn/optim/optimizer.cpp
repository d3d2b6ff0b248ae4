#include "optimizer.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "../../autograd/grad_mode.h"
#include "../../autograd/variable.h"
#include "../../ops/compare.h"
#include "../../ops/creation.h"
#include "../../ops/reduce.h"
#include "clip.h"

namespace adora {

namespace {

void check_parameter(const std::string& name, const Tensor& x) {
  check(x.defined() && is_floating(x.dtype()) && x.is_contiguous(),
        "optimizer: {} ({}) must be floating and lie row by row", name, describe(x));
  check(is_leaf(x), "optimizer: {} ({}) was computed and is no parameter; take what it was computed from", name,
        describe(x));
  check(grad_required(x), "optimizer: {} ({}) wants no gradient; call requires_grad on it, or leave it out", name,
        describe(x));
}

/// Names, and places in memory, that occur twice.
void check_different(const std::vector<NamedTensor>& parameters) {
  std::map<std::string, const Tensor*> by_name;
  std::map<std::pair<const Storage*, std::int64_t>, const std::string*> by_place;
  for (const auto& [name, x] : parameters) {
    check(by_name.emplace(name, &x).second,
          "optimizer: two parameters have the name '{}', under which only one's state could be saved; give the "
          "parameters of one module that has both, or other names",
          name);
    if (x.numel() == 0) continue;
    const auto [other, first] = by_place.emplace(std::pair(x.storage().get(), x.layout().offset), &name);
    check(first, "optimizer: '{}' and '{}' are the same tensor; give it once", *other->second, name);
  }
}

}  // namespace

void Optimizer::check_not_negative(const char* option, double value) {
  check(std::isfinite(value) && value >= 0, "optimizer: {} must be a finite number of 0 or more, not {}", option,
        value);
}

std::vector<Optimizer::Kept> Optimizer::moments(bool amsgrad) {
  std::vector<Kept> kept{{"exp_avg"}, {"exp_avg_sq", false}};
  if (amsgrad) kept.push_back({"max_exp_avg_sq", false});
  return kept;
}

void Optimizer::check_share(const char* option, double value) {
  check(value >= 0 && value < 1, "optimizer: {} must lie in [0, 1), not {}", option, value);
}

Parameters::Parameters(std::vector<NamedTensor> parameters) { groups_.push_back({std::move(parameters)}); }
Parameters::Parameters(std::initializer_list<NamedTensor> parameters) { groups_.push_back({parameters}); }
Parameters::Parameters(const Tensors& parameters) { groups_.push_back({detail::numbered(parameters)}); }
Parameters::Parameters(const Module& module) : Parameters(module.trainable_parameters("optimizer")) {}
Parameters::Parameters(std::vector<ParameterGroup> groups) : groups_(std::move(groups)) {}
Parameters::Parameters(std::initializer_list<ParameterGroup> groups) : groups_(groups) {}

Optimizer::Optimizer(Parameters parameters, double lr, std::vector<Kept> kept, double weight_decay)
    : kept_(std::move(kept)), kept_tensors_(kept_.size()), lr_(lr) {
  check_not_negative("lr", lr);
  for (const ParameterGroup& group : parameters.groups_) {
    check_not_negative("a group's lr", group.lr.value_or(0));
    check_not_negative("a group's weight_decay", group.weight_decay.value_or(0));
    check(!group.lr || lr > 0, "optimizer: with lr 0 a group can't have a rate of its own; a schedule scales them all");
    for (const NamedTensor& parameter : group.parameters) {
      parameters_.push_back(parameter);
      lr_factors_.push_back(group.lr ? *group.lr / lr : 1);
      weight_decays_.push_back(group.weight_decay.value_or(weight_decay));
    }
  }
  wide_.resize(parameters_.size()), wide_version_.resize(parameters_.size()), steps_.resize(parameters_.size());
  check(!parameters_.empty(),
        "optimizer: there is no parameter to train; is everything frozen, or was a member of a module not registered "
        "with parameter() or child()?");
  for (const auto& [name, x] : parameters_) check_parameter(name, x);
  check_different(parameters_);
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor& x = parameters_[i].tensor;
    NoGrad no_grad;
    if (size_of(x.dtype()) < 4) wide_[i] = to(x, float32);
    wide_version_[i] = x.storage()->version();
    const Tensor stepped = wide_[i].defined() ? wide_[i] : x.detach();
    for (std::size_t k = 0; k < kept_.size(); ++k) {
      const Shape shape = kept_[k].shape ? kept_[k].shape(x.shape()) : x.shape();
      kept_tensors_[k].push_back(full(shape, kept_[k].start, stepped.dtype(), x.device()));
    }
  }
}

// Where somebody else has written to a parameter of a half type, its elements that are no longer their twins'
// roundings take the twins' place.
void Optimizer::refresh_wide(std::size_t i) {
  const Tensor& x = parameters_[i].tensor;
  if (x.storage()->version() == wide_version_[i]) return;
  copy_(wide_[i], where(eq(x, to(wide_[i], x.dtype())), wide_[i], to(x, float32)));
}

void Optimizer::step() {
  NoGrad no_grad;
  Stepping those;
  const std::size_t all = parameters_.size();
  those.index.reserve(all), those.count.reserve(all), those.lr.reserve(all), those.weight_decay.reserve(all);
  those.params.reserve(all), those.gradients.reserve(all), those.kept.reserve(all * kept_.size());
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor& x = parameters_[i].tensor;
    // Another module may still have it.
    check(!autograd_meta(x)->replaced || x.use_count() > 1,
          "optimizer: '{}' is no more in its module, which was converted or moved and has another tensor in its place; "
          "make a new optimizer after that",
          parameters_[i].name);
    Tensor gradient = grad(x);
    if (!gradient.defined()) continue;
    those.index.push_back(i);
    those.count.push_back(steps_[i] + 1);
    those.lr.push_back(lr_ * lr_factors_[i]);
    those.weight_decay.push_back(weight_decays_[i]);
    those.params.push_back(wide_[i].defined() ? wide_[i] : x);
    those.gradients.push_back(gradient);
  }
  check(!those.index.empty(),
        "optimizer: no parameter has a gradient; call backward before step. If that was done, the optimizer was made "
        "before other tensors took the parameters' places (Module::to) or they were frozen (add_adapter): make it "
        "after that");
  for (const Tensors& tensors : kept_tensors_)
    for (const std::size_t i : those.index) those.kept.push_back(tensors[i]);
  for (std::size_t i : those.index)
    if (wide_[i].defined()) refresh_wide(i);
  step_together(those);
  for (std::size_t i : those.index) {
    ++steps_[i];
    const Tensor& x = parameters_[i].tensor;
    if (wide_[i].defined()) copy_(x, wide_[i]);
    else x.storage()->bump_version();
    wide_version_[i] = x.storage()->version();
  }
}

void Optimizer::set_lr(double lr) {
  check_not_negative("lr", lr);
  lr_ = lr;
}

void Optimizer::scale_lr(double factor, const std::function<bool(const std::string&)>& which) {
  check_not_negative("scale_lr's factor", factor);
  check(which != nullptr, "optimizer: scale_lr was given no function that says which parameters");
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    if (which(parameters_[i].name)) lr_factors_[i] = factor;
}

void Optimizer::set_weight_decay(double weight_decay, const std::function<bool(const std::string&)>& which) {
  check_not_negative("weight_decay", weight_decay);
  check(which != nullptr, "optimizer: set_weight_decay was given no function that says which parameters");
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    if (which(parameters_[i].name)) weight_decays_[i] = weight_decay;
}

void Optimizer::zero_grad() {
  for (const auto& [name, x] : parameters_) clear_grad(x);
}

StateDict Optimizer::state_dict() const {
  StateDict state;
  state["step"] = tensor(steps_, {static_cast<std::int64_t>(steps_.size())});
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    for (std::size_t k = 0; k < kept_.size(); ++k)
      state[std::string(kept_[k].name) + "." + parameters_[i].name] = kept_tensors_[k][i];
    if (wide_[i].defined()) state["float32." + parameters_[i].name] = wide_[i];
  }
  return state;
}

void Optimizer::load_state_dict(const StateDict& given) {
  const StateDict here = state_dict();
  const StateDict state = match_state_dict(given, {.tensors = here, .same_dtype = true}, "optimizer: the state");
  const auto steps = to_vector<std::int64_t>(state.at("step"));
  for (std::int64_t count : steps) check(count >= 0, "optimizer: the state says that {} steps were taken", count);
  NoGrad no_grad;
  for (const auto& [name, x] : state) {
    if (!is_floating(x.dtype()) || x.numel() == 0) continue;
    const double least = item(min(x)), most = item(max(x));  // either is NaN where a number is
    const bool negative = std::all_of(kept_.begin(), kept_.end(), [&, &name = name](const Kept& kept) {
      return kept.negative || !name.starts_with(std::string(kept.name) + ".");
    });
    check(std::isfinite(least) && std::isfinite(most) && (least >= 0 || negative),
          "optimizer: '{}' has numbers from {} to {} in the state, which no steps lead to; the file is damaged, or the "
          "training had failed",
          name, least, most);
  }
  for (const auto& [name, x] : here) copy_(x, to(state.at(name), x.device()));
  steps_ = steps;
}

}  // namespace adora
