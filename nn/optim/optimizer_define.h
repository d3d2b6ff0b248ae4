#pragma once
// Not in adora.h: for the file that defines an optimizer.
#include "../../backends/update.h"
#include "optimizer.h"

/// For the source file that defines an optimizer. An optimizer is a formula: how one number of a parameter changes in a
/// step. It is written once, and compiled for float32 and float64 and for every device. This one moves along a running
/// mean of the gradients:
///
///     template <class T> struct MeanUpdate {                             // T is float or double
///       T rate, share;                                                   // the same for all numbers of a parameter
///       bool operator==(const MeanUpdate&) const = default;
///       ADORA_HD void operator()(T& param, T gradient, T& mean) const {  // called for each number
///         mean = share * mean + (1 - share) * gradient;
///         param -= rate * mean;
///       }
///     };
///     MeanDescent::MeanDescent(Parameters parameters, double lr)
///         : Optimizer(std::move(parameters), lr, {{"mean"}}) {}
///     void MeanDescent::step_together(const Stepping& those) {
///       detail::update_all<MeanUpdate, 1>("mean_descent", those,
///                                         []<class T>(const StepOf& step) { return MeanUpdate<T>{T(step.lr), T(0.9)};
///                                         });
///     }
///
/// {{"mean"}} has one number kept beside each of a parameter's, at first 0, and saved under that name; the 1 is how
/// many they are. The class stands in a header, as AdamW in adamw.h. A RegisterOptimizer in the same source file
/// (optimizer_registry.h) makes it known by a name, and to the tests.
namespace adora::detail {

/// What a parameter's formula depends on.
struct StepOf {
  double lr;  ///< the parameter's learning rate
  double t;   ///< the number of its step, from 1
  double weight_decay;
};

/// Takes a step; called by Optimizer::step_together with what that is given. The call operator of Formula (above) is
/// given the parameter's number, the gradient's, and the `kept` numbers in the order of the constructor's names; it may
/// change all but the gradient's. `name` is what errors call the optimizer. make.operator()<T>(step) gives a
/// parameter's Formula<T>. It is called once for a parameter: what depends on a StepOf alone, such as Adam's correction
/// of a young mean, is computed there, in double. For equal steps the formulas must be equal: a GPU keeps one for all
/// these parameters.
template <template <class> class Formula, int kept, class Stepping, class Make>
void update_all(const char* name, const Stepping& those, const Make& make) {
  const std::size_t count = those.params.size();
  std::vector<Formula<float>> narrow(count);
  std::vector<Formula<double>> wide(count);
  std::vector<const void*> formulas;
  for (std::size_t i = 0; i < count; ++i) {
    const StepOf step{those.lr[i], static_cast<double>(those.count[i]), those.weight_decay[i]};
    if (those.params[i].dtype() == float32) {
      narrow[i] = make.template operator()<float>(step);
      formulas.push_back(&narrow[i]);
    } else {
      wide[i] = make.template operator()<double>(step);
      formulas.push_back(&wide[i]);
    }
  }
  backends::update(backends::update_function<Formula, kept>(name), those.params, those.gradients, those.kept, formulas);
}

}  // namespace adora::detail
