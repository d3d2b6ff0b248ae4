#pragma once
#include <concepts>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "../module.h"

namespace adora {

/// Steps one after the other, each a module or a function of a tensor:
///
///     Sequential net(Linear(2, 16, g), relu, Linear(16, 1, g));
///     Tensor y = net(x);
///
/// Its modules are its parts, named by their place among all steps ("0", "2"), as PyTorch's are where activations are
/// modules. A module is moved into it, or given as a std::unique_ptr. A function that has a namesake in the C library
/// is given as an Activation("tanh"), since its bare name could mean either.
class Sequential final : public Module {
 public:
  template <class... Steps> explicit Sequential(Steps&&... steps) { (add(std::forward<Steps>(steps)), ...); }
  Sequential(Sequential&&) noexcept = default;
  Sequential& operator=(Sequential&&) noexcept = default;
  // Not taken for steps.
  Sequential(Sequential&) = delete;

  Tensor operator()(const Tensor& x) const;

  /// Puts a step at the end.
  template <std::derived_from<Module> M> void add(M&& step) {
    static_assert(!std::is_lvalue_reference_v<M>, "a module is moved into a Sequential: add(std::move(module))");
    add(std::make_unique<M>(std::move(step)));
  }
  template <std::derived_from<Module> M> void add(std::unique_ptr<M> step) {
    M* const module = step.get();
    add_module(std::move(step), [module](const Tensor& x) { return (*module)(x); });
  }
  void add(std::function<Tensor(const Tensor&)> step);

  std::size_t size() const { return steps_.size(); }
  /// The module of a step; an error where there is none, or it is a function.
  Module& operator[](std::size_t i);
  /// The same as what it is: `net.get<Linear>(0).weight`. An error where it is of another class.
  template <std::derived_from<Module> M> M& get(std::size_t i) {
    Module& module = (*this)[i];
    M* const wanted = dynamic_cast<M*>(&module);
    check(wanted != nullptr, "Sequential: step {} is a {}, not of the class asked for", i, class_name(module));
    return *wanted;
  }

 private:
  struct Step {
    std::unique_ptr<Module> module;  ///< null: a function
    std::function<Tensor(const Tensor&)> call;
  };
  void add_module(std::unique_ptr<Module> module, std::function<Tensor(const Tensor&)> call);

  std::vector<Step> steps_;
};

}  // namespace adora
