#pragma once
#include <functional>

#include "../autograd/gradcheck.h"
#include "../core/tensor.h"

/// Derivatives of functions, as torch.autograd.functional has them: f takes a tensor, or several, and gives one. It is
/// called with its inputs as they are or, where they want no gradient, with copies of the handles that do. Nothing is
/// added to the gradient of any leaf. An input that f's result does not depend on has derivatives of 0.
namespace adora {

struct FunctionalOptions {
  bool create_graph = false;  ///< record the derivatives, so that they can be differentiated by the inputs and others
  bool strict = false;        ///< an input that the result does not depend on is an error
};

/// A function of one tensor; `TensorFunction` is one of several.
using UnaryFunction = std::function<Tensor(const Tensor&)>;

/// All derivatives of y = f(x), [y's shape..., x's shape...], at most 8 dimensions: one backward pass for each number
/// of y. Of several inputs one for each.
Tensor jacobian(const UnaryFunction& f, const Tensor& x, const FunctionalOptions& options = {});
Tensors jacobian(const TensorFunction& f, const Tensors& inputs, const FunctionalOptions& options = {});

/// All second derivatives of f, which gives one number: [x's shape..., x's shape...]. Of several inputs hessian[i][j]
/// has those by input i and then input j.
Tensor hessian(const UnaryFunction& f, const Tensor& x, const FunctionalOptions& options = {});
std::vector<Tensors> hessian(const TensorFunction& f, const Tensors& inputs, const FunctionalOptions& options = {});

struct OutputAndProduct {
  Tensor output;   ///< f's result
  Tensor product;  ///< the derivatives times v
};
struct OutputAndProducts {
  Tensor output;
  Tensors products;
};

/// vᵀ·J: f's gradient, where v is that of its result, of its shape; it may be left out where that is one number.
OutputAndProduct vjp(const UnaryFunction& f, const Tensor& x, const Tensor& v = {},
                     const FunctionalOptions& options = {});
OutputAndProducts vjp(const TensorFunction& f, const Tensors& inputs, const Tensor& v = {},
                      const FunctionalOptions& options = {});

/// J·v: by how much f's result changes where its inputs change by v, of their shapes. By two backward passes: that of
/// vᵀ·J is linear in v, and its gradient the wanted product.
OutputAndProduct jvp(const UnaryFunction& f, const Tensor& x, const Tensor& v, const FunctionalOptions& options = {});
OutputAndProduct jvp(const TensorFunction& f, const Tensors& inputs, const Tensors& v,
                     const FunctionalOptions& options = {});

/// H·v of f, which gives one number, without the Hessian: the gradient of the gradient times v, of the inputs' shapes.
OutputAndProduct hvp(const UnaryFunction& f, const Tensor& x, const Tensor& v, const FunctionalOptions& options = {});
OutputAndProducts hvp(const TensorFunction& f, const Tensors& inputs, const Tensors& v,
                      const FunctionalOptions& options = {});

}  // namespace adora
