#include "functional.h"

#include "../autograd/backward.h"
#include "../autograd/grad_mode.h"
#include "../autograd/variable.h"
#include "arithmetic.h"
#include "creation.h"
#include "join.h"
#include "view.h"

namespace adora {
namespace {

/// f's result at inputs that want gradients.
struct Call {
  const char* name;
  const FunctionalOptions& options;
  Tensors inputs;
  Tensor y;

  Call(const char* name, const TensorFunction& f, const Tensors& given, const FunctionalOptions& options)
      : name(name), options(options) {
    check(f != nullptr, "{}: there is no function", name);
    check(!given.empty(), "{}: there are no inputs", name);
    for (const Tensor& x : given) {
      check_inputs(name, {&x});
      check(is_floating(x.dtype()), "{}: only floating inputs have derivatives, not {}", name, describe(x));
      const bool own = options.create_graph && grad_required(x);
      inputs.push_back(own ? x : requires_grad(x.detach()));
    }
    y = f(inputs);
    check(y.defined(), "{}: the function gives an undefined tensor", name);
    check(is_floating(y.dtype()), "{}: the function gives {}, which has no derivatives", name, describe(y));
  }

  void check_scalar() const {
    check(y.numel() == 1, "{}: the function gives {}, not one number; take its sum, or jacobian", name, describe(y));
  }

  /// The gradients at `at` of `of`, whose gradient is v: zeros where it does not depend on them.
  Tensors gradients_of(const Tensor& of, const Tensors& at, const Tensor& v, bool create_graph) const {
    Tensors found(at.size());
    if (grad_required(of)) {
      found = gradients({of}, at,
                        {.create_graph = create_graph, .retain_graph = true, .allow_unused = true, .gradients = {v}});
    }
    for (std::size_t i = 0; i < at.size(); ++i) {
      check(found[i].defined() || !options.strict, "{}: the result does not depend on input {}", name, i);
      if (!found[i].defined()) found[i] = zeros_like(at[i]);
    }
    return found;
  }

  /// As it is given to the caller.
  Tensor result(const Tensor& x) const { return options.create_graph ? x : x.detach(); }

  /// The derivatives of `of` by all inputs, row by row.
  Tensors rows(const Tensor& of) const {
    for (const Tensor& x : inputs) {
      check(of.ndim() + x.ndim() <= Shape::max_size, "{}: {} by {} has more than {} dimensions; reshape one", name,
            describe(of), describe(x), Shape::max_size);
    }
    std::vector<Tensors> of_inputs(inputs.size());
    for (std::int64_t i = 0; i < of.numel(); ++i) {
      Tensor one = zeros({of.numel()}, of.dtype(), of.device());
      fill_(slice(one, 0, i, i + 1), 1);
      const Tensors row = gradients_of(of, inputs, reshape(one, of.shape()), options.create_graph);
      for (std::size_t k = 0; k < inputs.size(); ++k) of_inputs[k].push_back(row[k]);
    }
    Tensors result;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      Shape shape = of.shape();
      for (std::int64_t size : inputs[k].shape()) shape.push_back(size);
      const bool none = of_inputs[k].empty();
      result.push_back(none ? zeros(shape, inputs[k].dtype(), inputs[k].device())
                            : reshape(joined(of_inputs[k]), shape));
    }
    return result;
  }

 private:
  /// One after the other. Not stacked, for which an input may have too many dimensions.
  static Tensor joined(const Tensors& rows) {
    Tensors flat;
    for (const Tensor& row : rows) flat.push_back(reshape(row, {row.numel()}));
    return cat(flat);
  }
};

TensorFunction of_several(const UnaryFunction& f) {
  return f ? TensorFunction([&f](const Tensors& in) { return f(in[0]); }) : nullptr;
}

void check_fits(const char* name, const Tensor& v, const Tensor& x) {
  check(v.defined(), "{}: v is undefined", name);
  check(v.shape() == x.shape() && v.dtype() == x.dtype() && v.device() == x.device(), "{}: v {} must be as {}", name,
        describe(v), describe(x));
}

void check_fits(const char* name, const Tensors& v, const Tensors& inputs) {
  check(v.size() == inputs.size(), "{}: there are {} tensors v for {} inputs", name, v.size(), inputs.size());
  for (std::size_t i = 0; i < v.size(); ++i) check_fits(name, v[i], inputs[i]);
}

}  // namespace

Tensors jacobian(const TensorFunction& f, const Tensors& inputs, const FunctionalOptions& options) {
  GradMode record(true);
  const Call call("jacobian", f, inputs, options);
  return call.rows(call.y);
}

Tensor jacobian(const UnaryFunction& f, const Tensor& x, const FunctionalOptions& options) {
  return jacobian(of_several(f), Tensors{x}, options)[0];
}

std::vector<Tensors> hessian(const TensorFunction& f, const Tensors& inputs, const FunctionalOptions& options) {
  GradMode record(true);
  const Call call("hessian", f, inputs, options);
  call.check_scalar();
  std::vector<Tensors> result;
  for (const Tensor& g : call.gradients_of(call.y, call.inputs, ones_like(call.y), true))
    result.push_back(call.rows(g));
  return result;
}

Tensor hessian(const UnaryFunction& f, const Tensor& x, const FunctionalOptions& options) {
  return hessian(of_several(f), Tensors{x}, options)[0][0];
}

OutputAndProducts vjp(const TensorFunction& f, const Tensors& inputs, const Tensor& v,
                      const FunctionalOptions& options) {
  GradMode record(true);
  const Call call("vjp", f, inputs, options);
  if (!v.defined()) call.check_scalar();
  else check_fits(call.name, v, call.y);
  return {call.result(call.y),
          call.gradients_of(call.y, call.inputs, v.defined() ? v : ones_like(call.y), options.create_graph)};
}

OutputAndProduct vjp(const UnaryFunction& f, const Tensor& x, const Tensor& v, const FunctionalOptions& options) {
  const OutputAndProducts found = vjp(of_several(f), Tensors{x}, v, options);
  return {found.output, found.products[0]};
}

OutputAndProduct jvp(const TensorFunction& f, const Tensors& inputs, const Tensors& v,
                     const FunctionalOptions& options) {
  GradMode record(true);
  const Call call("jvp", f, inputs, options);
  check_fits(call.name, v, call.inputs);
  Tensor u = requires_grad(zeros_like(call.y)), product = zeros_like(call.y);
  const Tensors linear = call.gradients_of(call.y, call.inputs, u, true);
  for (std::size_t i = 0; i < linear.size(); ++i) {
    if (!grad_required(linear[i])) continue;  // the result does not depend on this input
    const Tensor part = gradients(
        {linear[i]}, {u},
        {.create_graph = options.create_graph, .retain_graph = true, .allow_unused = true, .gradients = {v[i]}})[0];
    if (part.defined()) product = product + part;
  }
  return {call.result(call.y), call.result(product)};
}

OutputAndProduct jvp(const UnaryFunction& f, const Tensor& x, const Tensor& v, const FunctionalOptions& options) {
  return jvp(of_several(f), Tensors{x}, Tensors{v}, options);
}

OutputAndProducts hvp(const TensorFunction& f, const Tensors& inputs, const Tensors& v,
                      const FunctionalOptions& options) {
  GradMode record(true);
  const Call call("hvp", f, inputs, options);
  call.check_scalar();
  check_fits(call.name, v, call.inputs);
  const Tensors first = call.gradients_of(call.y, call.inputs, ones_like(call.y), true);
  Tensors products;
  for (const Tensor& x : call.inputs) products.push_back(zeros_like(x));
  Tensors outputs, upstream;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (grad_required(first[i])) outputs.push_back(first[i]), upstream.push_back(v[i]);
  }
  if (!outputs.empty()) {
    const Tensors found = gradients(
        outputs, call.inputs,
        {.create_graph = options.create_graph, .retain_graph = true, .allow_unused = true, .gradients = upstream});
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (found[i].defined()) products[i] = found[i];
    }
  }
  return {call.result(call.y), products};
}

OutputAndProduct hvp(const UnaryFunction& f, const Tensor& x, const Tensor& v, const FunctionalOptions& options) {
  const OutputAndProducts found = hvp(of_several(f), Tensors{x}, Tensors{v}, options);
  return {found.output, found.products[0]};
}

}  // namespace adora
