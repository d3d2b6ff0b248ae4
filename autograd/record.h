#pragma once
#include <array>
#include <utility>

#include "grad_mode.h"
#include "node.h"
#include "saved.h"

namespace adora {

/// Whether a gradient for `x` will be wanted if it is used now; an op asks this
/// where it would do or keep something only for the backward pass.
bool needs_grad(const Tensor& x);

/// An input of an operation and the gradient of the output with respect to it.
template <class F> struct Input {
  const Tensor& tensor;
  F gradient;
};

/// `input(x, [saved…](const Tensor& g) { return gradient for x; })`. The function
/// is dropped, with all that it saved, where `x` needs no gradient.
template <class F> Input<F> input(const Tensor& x, F gradient) { return {x, std::move(gradient)}; }

namespace detail {
/// Makes the node and hangs it on the outputs.
void attach_node(std::shared_ptr<Node> node, const Tensors& outputs);
/// Tells a checkpoint that is running which tensors were used under it.
void notice_inputs(std::initializer_list<const Tensor*> inputs);
/// Adds an input to a node that is being made: where its gradient flows, and the function that gives it.
void add_input(Node& node, Edge edge, GradFn gradient);
}  // namespace detail

/// Records that `op` made `output` from the inputs: hangs on it how gradients
/// flow back. Does nothing where no input needs a gradient. Returns `output`.
/// A gradient function takes the output's gradient and returns one of its input's
/// shape and dtype, by calling the functions a user calls: so gradients of
/// gradients exist. `op` must be a string literal.
template <class... F> Tensor record(const char* op, Tensor output, Input<F>... inputs) {
  detail::notice_inputs({&inputs.tensor...});
  if ((needs_grad(inputs.tensor) || ...)) {
    auto node = std::make_shared<Node>(op);
    auto add = [&](auto& in) {
      Edge edge = gradient_edge(in.tensor);
      bool wanted = edge.node != nullptr;
      detail::add_input(*node, std::move(edge), wanted ? GradFn(std::move(in.gradient)) : GradFn());
    };
    (add(inputs), ...);
    detail::attach_node(std::move(node), {output});
  }
  return output;
}

/// As `record`, for an operation with several outputs or whose gradients share
/// work. `gradient` takes the gradients of all outputs (undefined where none
/// arrived) and returns those of all inputs, undefined for those that need none
/// (`needs_grad(inputs[i])` at recording tells which).
void record_joint(const char* op, const Tensors& outputs, const Tensors& inputs, JointGradFn gradient);

/// Called by joint gradient functions: whether the pass that runs now asks for the gradient of
/// input number `input`. False for inputs that need none, and in `grad(outputs, inputs)` for those that
/// lead to none of its inputs; what is returned for them is ignored.
bool gradient_wanted(std::size_t input);

/// For an operation that has no gradient: an error where one would be wanted, so
/// that nothing is silently left out of a gradient. `instead` says what to do.
void refuse_to_record(const char* op, const Tensors& inputs, const char* instead);

/// Called by the gradient functions of fused operations: an error where the
/// gradient's own gradient is asked for. `composed` names the form that has one.
void first_derivative_only(const char* op, const char* composed);

}  // namespace adora
