#pragma once
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>

#include "../module.h"

namespace adora {

/// Some of the parameters, with a learning rate or a weight decay of their own in the place of the optimizer's option.
struct ParameterGroup {
  std::vector<NamedTensor> parameters;
  std::optional<double> lr = {};
  std::optional<double> weight_decay = {};
};

/// What an optimizer is to change: named tensors, tensors without names (which are called "0", "1", …), a module (its
/// trainable parameters), or groups of named tensors.
///
///     AdamW a(net, {.lr = 1e-3});
///     AdamW b(net.parameters());
///     AdamW c({{net.body.trainable_parameters(), 1e-4}, {net.head.trainable_parameters()}}, {.lr = 1e-3});
class Parameters {
 public:
  Parameters(std::vector<NamedTensor> parameters);
  Parameters(std::initializer_list<NamedTensor> parameters);
  Parameters(const Tensors& parameters);
  Parameters(const Module& module);
  Parameters(std::vector<ParameterGroup> groups);
  Parameters(std::initializer_list<ParameterGroup> groups);

 private:
  friend class Optimizer;
  std::vector<ParameterGroup> groups_;
};

/// Changes parameters, all of one device, along their gradients. An optimizer derives from it and says what it keeps
/// for a parameter and how one step goes (adamw.h); the rest is here. Parameters of a half type are kept in float32 as
/// well, so that small steps add up; changes made to the parameter from outside are noticed. A parameter without a
/// gradient is left alone, and its steps are counted by themselves.
///
/// The tensors are those it was made with: Module::to puts others in their place, and add_adapter freezes them, so it
/// is made after these. An error where there is no parameter, or one is undefined, frozen, computed, not floating, not
/// row by row, or there twice, or has another's name (two Linears both have a "weight": register them in one module, or
/// rename them); or where an option is not finite or out of its range, which stands beside it.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// One step with the gradients there are. An error, and nothing changed, where no parameter has one, or one is no
  /// more in its module, which was converted or moved since.
  void step();
  /// Forgets all gradients.
  void zero_grad();

  double lr() const { return lr_; }
  /// An error where it is negative or not finite.
  void set_lr(double lr);
  /// Has those parameters that `which` is true of, by name, learn at `factor` times lr() from here on: LoRA+ (Hayou et
  /// al., "LoRA+", 2024, section 5) so gives every B a higher rate than its A. An error where the factor is negative or
  /// not finite, or `which` empty.
  void scale_lr(double factor, const std::function<bool(const std::string& name)>& which);
  /// Has those parameters that `which` is true of, by name, decay at this rate in place of the option weight_decay, as
  /// biases and norms often don't at all. An error where it is negative or not finite, or `which` empty.
  void set_weight_decay(double weight_decay, const std::function<bool(const std::string& name)>& which);
  const std::vector<NamedTensor>& parameters() const { return parameters_; }

  /// What the steps so far have left beside the parameters, as handles; rates and options are not among it.
  /// Keys are "step" (int64, one number for each parameter) and KIND.NAME ("exp_avg.model.norm.weight").
  StateDict state_dict() const;
  /// Takes over such a state; an error, and nothing changed, where it isn't of these parameters, or has numbers that no
  /// steps lead to: NaN, infinite ones, negative mean squares.
  void load_state_dict(const StateDict& state);

 protected:
  /// Something kept for each parameter, saved as NAME.PARAMETER.
  struct Kept {
    const char* name;
    bool negative = true;  ///< whether its numbers may be; a mean square's may not
    double start = 0;      ///< its numbers at first
    /// Its shape for a parameter of that shape; empty: the same. What has another can't go through update_all.
    std::function<Shape(const Shape& parameter)> shape = {};
  };
  Optimizer(Parameters parameters, double lr, std::vector<Kept> kept = {}, double weight_decay = 0);
  /// What Adam keeps.
  static std::vector<Kept> moments(bool amsgrad);
  /// Errors naming an option that is not finite or negative, or outside [0, 1).
  static void check_not_negative(const char* option, double value);
  static void check_share(const char* option, double value);

  /// Parameters that take a step together; each is float32 or float64.
  struct Stepping {
    std::vector<std::size_t> index;   ///< which they are
    std::vector<std::int64_t> count;  ///< the parameter's step number, from 1
    std::vector<double> lr;           ///< the parameter's learning rate
    std::vector<double> weight_decay;
    Tensors params, gradients;
    Tensors kept;  ///< what is kept first for each of them, then what is kept second, and so on

    const Tensor& kept_for(std::size_t kind, std::size_t i) const { return kept[kind * params.size() + i]; }
  };
  /// Changes the parameters and what is kept: by a formula of one number, see optimizer_define.h; or in place by any
  /// ops (copy_), which are not recorded then, where a step needs whole tensors (adafactor.cpp).
  virtual void step_together(const Stepping& those) = 0;

 private:
  void refresh_wide(std::size_t index);

  std::vector<NamedTensor> parameters_;
  std::vector<Kept> kept_;
  std::vector<Tensors> kept_tensors_;        ///< for each of these one for each parameter
  Tensors wide_;                             ///< the float32 twins of parameters of a half type
  std::vector<std::uint64_t> wide_version_;  ///< of the parameter's memory when both said the same
  double lr_;
  std::vector<std::int64_t> steps_;  ///< that each parameter has taken
  std::vector<double> lr_factors_;   ///< of each parameter
  std::vector<double> weight_decays_;
};

}  // namespace adora
