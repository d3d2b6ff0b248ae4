#pragma once
#include <functional>
#include <string>
#include <vector>

#include "../noted_call.h"

namespace adora {

/// A function of a tensor as a module without parameters, for a member that says which one it is. (A Sequential takes
/// functions as they are.)
///
///     Activation activation("gelu");
///     Activation squared("relu squared", [](const Tensor& x) { return square(relu(x)); });
class Activation final : public Module {
 public:
  /// The function of that name; an error listing those there are.
  explicit Activation(const std::string& name);
  /// Any function; the name is printed.
  Activation(std::string name, std::function<Tensor(const Tensor&)> function);

  Tensor operator()(const Tensor& x) const {
    return noted_call(*this, [&] { return function_(x); });
  }
  std::string extra_repr() const override { return name_; }

 private:
  std::string name_;
  std::function<Tensor(const Tensor&)> function_;
};

/// The names of the functions: "relu", "mish", …; those with an argument have PyTorch's default.
std::vector<std::string> activation_names();

}  // namespace adora
