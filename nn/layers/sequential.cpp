#include "sequential.h"

#include "../noted_call.h"

namespace adora {

Tensor Sequential::operator()(const Tensor& x) const {
  return noted_call(*this, [&] {
    Tensor y = x;
    for (const Step& step : steps_) {
      if (step.module) y = noted_call(*step.module, [&] { return step.call(y); });
      else y = step.call(y);
    }
    return y;
  });
}

void Sequential::add(std::function<Tensor(const Tensor&)> step) {
  check(step != nullptr, "Sequential: step {} is an empty function", steps_.size());
  steps_.push_back({nullptr, std::move(step)});
}

void Sequential::add_module(std::unique_ptr<Module> module, std::function<Tensor(const Tensor&)> call) {
  check(module != nullptr, "Sequential: step {} is null; make the module first", steps_.size());
  child(std::to_string(steps_.size()), *module);
  steps_.push_back({std::move(module), std::move(call)});
}

Module& Sequential::operator[](std::size_t i) {
  check(i < steps_.size(), "Sequential: there is no step {}; it has {}", i, steps_.size());
  check(steps_[i].module != nullptr, "Sequential: step {} is a function, not a module", i);
  return *steps_[i].module;
}

}  // namespace adora
