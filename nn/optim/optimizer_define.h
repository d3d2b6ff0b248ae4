#pragma once
// Not in adora.h: for the file that defines an optimizer.
#include "../../backends/update.h"
#include "optimizer.h"

/// An optimizer's step is a formula of one number of a parameter, compiled for every
/// device.
namespace adora::detail {

/// Takes the step: make.operator()<T>(lr, t) gives the Formula<T> of a parameter whose learning rate is lr and whose
/// step number is t, from 1. Its call operator changes the parameter's number and the `kept` ones that are kept for it,
/// and formulas of one learning rate and number are equal.
template <template <class> class Formula, int kept, class Stepping, class Make>
void update_all(const char* name, const Stepping& those, const Make& make) {
  const std::size_t count = those.params.size();
  std::vector<Formula<float>> narrow(count);
  std::vector<Formula<double>> wide(count);
  std::vector<const void*> formulas;
  for (std::size_t i = 0; i < count; ++i) {
    const double lr = those.lr[i], t = static_cast<double>(those.count[i]);
    if (those.params[i].dtype() == float32) {
      narrow[i] = make.template operator()<float>(lr, t);
      formulas.push_back(&narrow[i]);
    } else {
      wide[i] = make.template operator()<double>(lr, t);
      formulas.push_back(&wide[i]);
    }
  }
  backends::update(backends::update_function<Formula, kept>(name), those.params, those.gradients, those.kept, formulas);
}

}  // namespace adora::detail
