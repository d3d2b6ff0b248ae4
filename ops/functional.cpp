#include "functional.h"

#include "../autograd/backward.h"
#include "../autograd/graph.h"
#include "../autograd/record.h"
#include "../autograd/variable.h"
#include "../backends/basic.h"
#include "creation.h"
#include "join.h"
#include "op.h"
#include "split.h"
#include "view.h"

namespace adora {
namespace {

/// One call of a user's function: its arguments as tensors of their own, and its results. While it lives everything is
/// recorded.
class Call {
 public:
  Call(const char* op, const SeveralToSeveral& f, const Tensors& inputs, bool create_graph)
      : op_(op), create_graph_(create_graph && grad_enabled()), mode_(true) {
    check(f != nullptr, "{}: the function is empty", op);
    for (const Tensor& x : inputs) {
      check_inputs(op, {&inputs[0], &x});
      check(is_floating(x.dtype()), "{}: {} has no derivative; convert it with to(x, float32)", op, describe(x));
      const bool follow = create_graph_ && grad_required(x);
      own_.push_back(follow ? record("alias", x.detach(), input(x, [](const Tensor& g) { return g; }))
                            : requires_grad(x.detach()));
    }
    outputs_ = f(own_);
    for (const Tensor& y : outputs_) {
      check(y.defined() && is_floating(y.dtype()), "{}: the function gave {}; it must give floating tensors", op,
            describe(y));
    }
  }

  const Tensors& inputs() const { return own_; }
  const Tensors& outputs() const { return outputs_; }

  /// The only result, which must be a single number.
  const Tensor& number() const {
    check(outputs_.size() == 1 && outputs_[0].numel() == 1,
          "{}: the function gave {}; it must give one tensor of one element, such as sum(y)", op_,
          describe(std::span<const Tensor>(outputs_)));
    return outputs_[0];
  }

  /// `v` as it is given, one for each of `of`; an undefined one stands for 1 where there is one element.
  Tensors directions(const Tensors& v, const Tensors& of, const char* whose) const {
    check(v.size() == of.size(), "{}: there are {} vectors for {} {}", op_, v.size(), of.size(), whose);
    Tensors result = v;
    for (std::size_t i = 0; i < v.size(); ++i) {
      if (!v[i].defined() && of[i].numel() == 1) result[i] = ones_like(of[i].detach());
      check(result[i].defined() && result[i].shape() == of[i].shape() && result[i].dtype() == of[i].dtype() &&
                result[i].device() == of[i].device(),
            "{}: the vector {} must have the shape, dtype and device of {}", op_, describe(result[i]), describe(of[i]));
    }
    return result;
  }

  /// The gradients of `of` by `by` for these gradients of theirs, zeros where nothing depends.
  Tensors gradients_of(const Tensors& of, const Tensors& by, const Tensors& upstream, bool record_pass) const {
    Tensors from, grads;
    for (std::size_t i = 0; i < of.size(); ++i) {
      if (!of[i].defined() || !grad_required(of[i])) continue;
      from.push_back(of[i]), grads.push_back(upstream[i]);
    }
    Tensors found(by.size());
    if (!from.empty() && !by.empty()) {
      found = gradients(from, by,
                        {.create_graph = record_pass, .retain_graph = true, .allow_unused = true, .gradients = grads});
    }
    for (std::size_t i = 0; i < by.size(); ++i) {
      if (!found[i].defined()) found[i] = zeros_like(by[i].detach());
    }
    return found;
  }

  /// The gradient of the only result, recorded.
  Tensors recorded_gradient() const { return gradients_of({number()}, own_, {ones_like(number().detach())}, true); }

  bool create_graph() const { return create_graph_; }

  /// A result as the caller gets it: without history where it was not asked for, or leads to the arguments' stand-ins
  /// alone, which nobody else has.
  Tensor result(const Tensor& x) const {
    if (!create_graph_) return x.detach();
    for (const std::shared_ptr<Node>& node : graph_nodes(x)) {
      if (node->leaf && !is_own(node)) return x;
    }
    return x.detach();
  }
  Tensors results(Tensors xs) const {
    for (Tensor& x : xs) x = result(x);
    return xs;
  }

 private:
  bool is_own(const std::shared_ptr<Node>& node) const {
    return std::any_of(own_.begin(), own_.end(),
                       [&](const Tensor& x) { return is_leaf(x) && gradient_edge(x).node == node; });
  }

  const char* op_;
  bool create_graph_;
  GradMode mode_;
  Tensors own_, outputs_;
};

SeveralToSeveral several(const OneToOne& f) {
  if (!f) return {};
  return [&f](const Tensors& in) { return Tensors{f(in[0])}; };
}
SeveralToSeveral several(const SeveralToOne& f) {
  if (!f) return {};
  return [&f](const Tensors& in) { return Tensors{f(in)}; };
}

/// The derivatives of `outputs` by the call's arguments.
std::vector<Tensors> jacobian_of(const char* op, const Call& call, const Tensors& outputs) {
  std::vector<Tensors> result;
  for (const Tensor& y : outputs) {
    std::vector<Tensors> rows(call.inputs().size());
    for (std::int64_t i = 0; i < y.numel(); ++i) {
      Tensor one = zeros({y.numel()}, y.dtype(), y.device());
      backends::fill(one.with_layout(one.layout().sliced(0, i, i + 1)), 1);
      const Tensors row =
          call.gradients_of({y}, call.inputs(), {one.with_layout(Layout::contiguous(y.shape()))}, call.create_graph());
      for (std::size_t k = 0; k < row.size(); ++k) rows[k].push_back(row[k]);
    }
    Tensors blocks;
    for (std::size_t k = 0; k < rows.size(); ++k) {
      const Tensor& x = call.inputs()[k];
      check(y.ndim() + x.ndim() <= Shape::max_size,
            "{}: the derivatives of {} by {} have more dimensions than a tensor can have; let the function take and "
            "give fewer",
            op, describe(y), describe(x));
      Shape shape = y.shape();
      for (std::int64_t size : x.shape()) shape.push_back(size);
      numel(shape, op);
      blocks.push_back(
          call.result(rows[k].empty() ? zeros(shape, x.dtype(), x.device()) : reshape(stack(rows[k]), shape)));
    }
    result.push_back(std::move(blocks));
  }
  return result;
}

std::vector<Tensors> jacobians(const SeveralToSeveral& f, const Tensors& inputs, bool create_graph) {
  const Call call("jacobian", f, inputs, create_graph);
  return jacobian_of("jacobian", call, call.outputs());
}

std::vector<Tensors> hessians(const SeveralToSeveral& f, const Tensors& inputs, bool create_graph) {
  const Call call("hessian", f, inputs, create_graph);
  return jacobian_of("hessian", call, call.recorded_gradient());
}

OutputAndProducts hessian_products(const SeveralToSeveral& f, const Tensors& inputs, const Tensors& v,
                                   bool create_graph) {
  const Call call("hvp", f, inputs, create_graph);
  // H is symmetric, so that vᵀH is H·v.
  const Tensors given = call.directions(v, inputs, "arguments");
  const Tensors products = call.gradients_of(call.recorded_gradient(), call.inputs(), given, call.create_graph());
  return {call.result(call.number()), call.results(products)};
}

}  // namespace

Tensor jacobian(const OneToOne& f, const Tensor& x, bool create_graph) {
  return jacobians(several(f), {x}, create_graph)[0][0];
}
const Op jacobian_op{"jacobian"};

std::vector<Tensors> jacobian(const SeveralToSeveral& f, const Tensors& inputs, bool create_graph) {
  return jacobians(f, inputs, create_graph);
}

Tensor hessian(const OneToOne& f, const Tensor& x, bool create_graph) {
  return hessians(several(f), {x}, create_graph)[0][0];
}
const Op hessian_op{"hessian"};

std::vector<Tensors> hessian(const SeveralToOne& f, const Tensors& inputs, bool create_graph) {
  return hessians(several(f), inputs, create_graph);
}

OutputsAndProducts vjp(const SeveralToSeveral& f, const Tensors& inputs, const Tensors& v, bool create_graph) {
  const Call call("vjp", f, inputs, create_graph);
  const Tensors given = call.directions(v, call.outputs(), "results");
  return {call.results(call.outputs()),
          call.results(call.gradients_of(call.outputs(), call.inputs(), given, call.create_graph()))};
}

OutputAndProduct vjp(const OneToOne& f, const Tensor& x, const Tensor& v, bool create_graph) {
  const OutputsAndProducts found = vjp(several(f), {x}, {v}, create_graph);
  return {found.outputs[0], found.products[0]};
}

OutputsAndProducts jvp(const SeveralToSeveral& f, const Tensors& inputs, const Tensors& v, bool create_graph) {
  const Call call("jvp", f, inputs, create_graph);
  const Tensors given = call.directions(v, inputs, "arguments");
  Tensors any;  // gradients of the results, whose numbers do not matter
  for (const Tensor& y : call.outputs()) any.push_back(requires_grad(zeros_like(y.detach())));
  const Tensors rows = call.gradients_of(call.outputs(), call.inputs(), any, true);
  const Tensors products = call.gradients_of(rows, any, given, call.create_graph());
  return {call.results(call.outputs()), call.results(products)};
}

OutputAndProduct jvp(const OneToOne& f, const Tensor& x, const Tensor& v, bool create_graph) {
  const OutputsAndProducts found = jvp(several(f), {x}, {v}, create_graph);
  return {found.outputs[0], found.products[0]};
}

OutputAndProduct hvp(const OneToOne& f, const Tensor& x, const Tensor& v, bool create_graph) {
  const OutputAndProducts found = hessian_products(several(f), {x}, {v}, create_graph);
  return {found.output, found.products[0]};
}

OutputAndProducts hvp(const SeveralToOne& f, const Tensors& inputs, const Tensors& v, bool create_graph) {
  return hessian_products(several(f), inputs, v, create_graph);
}

SeveralToOne vmap(SeveralToOne f) {
  check(f != nullptr, "vmap: the function is empty");
  return [f = std::move(f)](const Tensors& inputs) {
    check(!inputs.empty(), "vmap: there is nothing to call the function with");
    std::vector<Tensors> slices;
    for (const Tensor& x : inputs) {
      check_inputs("vmap", {&inputs[0], &x});
      check(x.ndim() > 0 && inputs[0].ndim() > 0 && x.size(0) == inputs[0].size(0) && x.size(0) > 0,
            "vmap: {} and {} must have one first size, which is not 0", describe(inputs[0]), describe(x));
      slices.push_back(unbind(x));
    }
    Tensors results;
    for (std::size_t i = 0; i < slices[0].size(); ++i) {
      Tensors each;
      for (const Tensors& of_input : slices) each.push_back(of_input[i]);
      results.push_back(f(each));
    }
    return stack(results);
  };
}

OneToOne vmap(OneToOne f) {
  check(f != nullptr, "vmap: the function is empty");
  return [each = vmap(SeveralToOne([f = std::move(f)](const Tensors& in) { return f(in[0]); }))](const Tensor& x) {
    return each({x});
  };
}

}  // namespace adora
