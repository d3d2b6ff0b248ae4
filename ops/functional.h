#pragma once
#include <functional>

#include "../core/tensor.h"

/// Derivatives of functions of tensors, as PyTorch's torch.autograd.functional has them. The functions are called with
/// tensors of their own, so that no gradient is left in the arguments; these must be floating. What does not depend on
/// an argument has the derivative 0. Results have no history, unless `create_graph` is true: then derivatives of them
/// flow to the arguments and to whatever else the function uses. Each has a form for several arguments, and `vjp`,
/// `jvp` and `jacobian` for several results.
namespace adora {

using OneToOne = std::function<Tensor(const Tensor&)>;
using SeveralToSeveral = std::function<Tensors(const Tensors&)>;
using SeveralToOne = std::function<Tensor(const Tensors&)>;

/// J[…, …] = ∂y[…] / ∂x[…]: the shape of y = f(x), then that of x. One backward pass for each element of y.
Tensor jacobian(const OneToOne& f, const Tensor& x, bool create_graph = false);
/// Of each result (first) by each argument.
std::vector<Tensors> jacobian(const SeveralToSeveral& f, const Tensors& inputs, bool create_graph = false);

/// H[…, …] = ∂²y / ∂x[…]∂x[…] of a function with a single number as its result: x's shape twice. One backward pass for
/// each element of x.
Tensor hessian(const OneToOne& f, const Tensor& x, bool create_graph = false);
/// Block i, j is that of arguments i and j.
std::vector<Tensors> hessian(const SeveralToOne& f, const Tensors& inputs, bool create_graph = false);

/// What the function gave, and a product with its derivative.
struct OutputAndProduct {
  Tensor output, product;
};
struct OutputAndProducts {
  Tensor output;
  Tensors products;
};
struct OutputsAndProducts {
  Tensors outputs, products;
};

/// f(x) and vᵀJ, of x's shape, for v of the result's shape; for a result of one element v may be undefined and is 1.
OutputAndProduct vjp(const OneToOne& f, const Tensor& x, const Tensor& v = {}, bool create_graph = false);
OutputsAndProducts vjp(const SeveralToSeveral& f, const Tensors& inputs, const Tensors& v, bool create_graph = false);

/// f(x) and J·v, of the result's shape, for v of x's shape; for x of one element v may be undefined and is 1. Two
/// backward passes: vᵀJ is linear in v, and its derivative by v is J (the "double backward trick").
OutputAndProduct jvp(const OneToOne& f, const Tensor& x, const Tensor& v = {}, bool create_graph = false);
OutputsAndProducts jvp(const SeveralToSeveral& f, const Tensors& inputs, const Tensors& v, bool create_graph = false);

/// f(x), a single number, and H·v, of x's shape, for v of x's shape. Two backward passes.
OutputAndProduct hvp(const OneToOne& f, const Tensor& x, const Tensor& v, bool create_graph = false);
OutputAndProducts hvp(const SeveralToOne& f, const Tensors& inputs, const Tensors& v, bool create_graph = false);

/// A function that calls f with each slice x[0], x[1], … of the first dimension and stacks the results: it is written
/// for one example, and takes a batch. A plain loop, recorded: for the convenience, not for speed. Each call is an
/// error where there is no slice, since nothing tells the result's shape then.
OneToOne vmap(OneToOne f);
/// For functions of several tensors, all of which have one first size.
SeveralToOne vmap(SeveralToOne f);

}  // namespace adora
