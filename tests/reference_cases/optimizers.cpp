// Every optimizer that the library has, by its name and PyTorch's arguments.
#include "adora.h"
#include "calls.h"

namespace adora::reference {
namespace {

/// Gradients are inputs here: those of one step after the other.
Tensor optimized(const std::string& name, const Inputs& in, const Attributes& a) {
  OptimizerSettings settings;
  for (const std::string& option : optimizer_options(name)) {
    const char* const key = option.c_str();
    if (a.has(key)) settings[option] = a.is_flag(key) ? a.flag({key}, false) : a.number({key}, 0);
  }
  const Tensor param = requires_grad(clone(in({"param", "p", "weight"}).detach()));
  const Tensor grads = in({"grads", "grad"}).detach();
  const auto optimizer = make_optimizer(name, {{"param", param}}, settings);
  for (std::int64_t step = 0; step < grads.size(0); ++step) {
    set_grad(param, contiguous(select(grads, 0, step)));
    optimizer->step();
  }
  return param.detach();
}

[[maybe_unused]] const bool registered = [] {
  for (const std::string& name : optimizer_names())
    RegisterCalls{
        {name.c_str(), one([name](const Inputs& in, const Attributes& a) { return optimized(name, in, a); })}};
  return true;
}();

}  // namespace
}  // namespace adora::reference
