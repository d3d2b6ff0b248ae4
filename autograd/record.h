#pragma once
#include <array>
#include <optional>
#include <tuple>
#include <utility>

#include "grad_mode.h"
#include "node.h"

namespace adora {

/// Whether a gradient for `x` will be wanted if it is used now; an op asks this
/// where it would do or keep something only for the backward pass.
bool grad_required_now(const Tensor& x);

/// An input of an operation, what its gradient needs, and the function that gives it. Refers to the tensors: made
/// within the call of `record` alone.
template <std::size_t n, class F> struct Input {
  const Tensor& tensor;
  std::array<ToSave, n> saved;
  F gradient;
};

/// `input(x, {{"w", w}}, [](const Tensor& g, const Tensor& w) { return gradient for x; })`
///
/// The tensors listed are kept for the function, which gets the output's gradient and then these, in their order.
/// Nothing is kept where `x` needs no gradient. Other things that the function needs, such as shapes, it captures. It
/// captures no tensors, so that the node lists all that is kept.
template <std::size_t n, class F> Input<n, F> input(const Tensor& x, const ToSave (&saved)[n], F gradient) {
  return {x, std::to_array(saved), std::move(gradient)};
}
/// For a gradient that needs no tensor but the output's gradient.
template <class F> Input<0, F> input(const Tensor& x, F gradient) { return {x, {}, std::move(gradient)}; }

namespace detail {

/// Makes the node and hangs it on the outputs.
void attach_node(std::shared_ptr<Node> node, const Tensors& outputs);
/// Tells a checkpoint that is running which tensors were used under it.
void notice_inputs(std::initializer_list<const Tensor*> inputs);
/// Adds an input to a node that is being made. Returns whether a gradient flows to it.
bool add_input(Node& node, const Tensor& x, bool has_gradient);
/// Saves a tensor in the node and returns its index there. One that several gradients need is saved once.
std::size_t add_saved(Node& node, const ToSave& tensor);

template <class S> bool is_callable(const std::function<S>& f) { return f != nullptr; }
template <class F> bool is_callable(const F&) { return true; }

/// The gradient function of one input and where the node has what it needs.
template <std::size_t n, class F> struct InputGradient {
  std::optional<F> function;  ///< none where the input needs no gradient
  std::array<std::size_t, n> saved{};

  InputGradient(Node& node, Input<n, F>& in) {
    if (!add_input(node, in.tensor, is_callable(in.gradient))) return;
    function.emplace(std::move(in.gradient));
    auto place = saved.begin();
    for (const ToSave& tensor : in.saved) *place++ = add_saved(node, tensor);
  }
  Tensor operator()(const Tensor& g, const SavedTensors& all) const {
    return std::apply([&](auto... i) { return (*function)(g, all.at(i)...); }, saved);
  }
};

/// Makes the node of record_joint and record_fused. Everything listed is kept.
void record_node(const char* op, const Tensors& outputs, const Tensors& inputs, std::span<const ToSave> saved,
                 GradientFn gradient, GradientFn composed = nullptr);

}  // namespace detail

/// Called by gradient functions of several inputs: whether the pass that runs now asks for the gradient of the
/// operation's input number `input`. False where that input needs none, and where the pass is for the gradients of
/// certain tensors (`gradients`) and that input was computed from none of these. What is returned for it is ignored.
bool input_grad_required(std::size_t input);

/// Records that `op` made `output` from the inputs: hangs on it how gradients
/// flow back. Does nothing where no input needs a gradient. Returns `output`.
/// A gradient function returns a gradient of its input's shape and dtype, by calling the functions a user calls: so
/// gradients of gradients exist. `op` must be a string literal.
template <std::size_t... n, class... F> Tensor record(const char* op, Tensor output, Input<n, F>... inputs) {
  detail::notice_inputs({&inputs.tensor...});
  if ((grad_required_now(inputs.tensor) || ...)) {
    auto node = std::make_shared<Node>(op);
    node->inputs.reserve(sizeof...(n)), node->saved.reserve((n + ... + 0));
    std::tuple<detail::InputGradient<n, F>...> each{detail::InputGradient<n, F>(*node, inputs)...};
    node->gradient = [each = std::move(each)](const Tensors& gradients, const SavedTensors& saved) {
      Tensors result(sizeof...(n));
      std::size_t i = 0;
      auto compute = [&](const auto& gradient) {
        if (input_grad_required(i)) result[i] = gradient(gradients[0], saved);
        ++i;
      };
      std::apply([&](const auto&... gradient) { (compute(gradient), ...); }, each);
      return result;
    };
    detail::attach_node(std::move(node), {output});
  }
  return output;
}

/// As `record`, for an operation with several outputs or whose gradients share
/// work: `{{"x", x}, …}` is what its gradient needs, `gradient` takes the gradients of all outputs and what was saved,
/// by name, and returns the gradients of all inputs, undefined for those that need none
/// (`grad_required_now(inputs[i])` at recording tells which).
void record_joint(const char* op, const Tensors& outputs, const Tensors& inputs, std::initializer_list<ToSave> saved,
                  GradientFn gradient);
/// For a gradient that needs no tensor but the outputs' gradients.
void record_joint(const char* op, const Tensors& outputs, const Tensors& inputs,
                  std::function<Tensors(const Tensors& gradients)> gradient);

/// For an operation that has no gradient: an error where one would be wanted, so
/// that nothing is silently left out of a gradient. `instead` says what to do.
void refuse_to_record(const char* op, const Tensors& inputs, const char* instead);

}  // namespace adora
