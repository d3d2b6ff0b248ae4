#include "record.h"

#include "current_node.h"
#include "input_observer.h"

namespace adora {

bool needs_grad(const Tensor& x) {
  if (!grad_enabled() || !x.defined()) return false;
  AutogradMeta* h = autograd_meta(x);
  return h && h->requires_grad;
}

namespace detail {

void attach_node(std::shared_ptr<Node> node, const Tensors& outputs) {
  for (const Tensor& y : outputs) check(y.defined(), "{}: one of its outputs is an undefined tensor", node->op);
  // A node is numbered when made, which is before the accumulators of leaves it
  // is the first to use; numbered anew it comes after all its inputs.
  node->renumber();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Tensor& y = outputs[i];
    check(!y.autograd_meta(), "{}: its output already has a history; record a new tensor, or a detached one", node->op);
    auto h = std::make_shared<AutogradMeta>();
    h->requires_grad = true;
    h->node = node;
    h->output = static_cast<int>(i);
    node->outputs.emplace_back(y, h);
    y.set_autograd_meta(std::move(h));
  }
}

void notice_inputs(std::initializer_list<const Tensor*> inputs) {
  if (!input_observer) return;
  for (const Tensor* x : inputs) input_observer->notice(*x);
}

void add_input(Node& node, Edge edge, GradFn gradient) {
  check(!edge.node || gradient, "{}: a gradient function is empty", node.op);
  node.inputs.push_back(std::move(edge));
  node.grad_fns.push_back(std::move(gradient));
}

}  // namespace detail

void record_joint(const char* op, const Tensors& outputs, const Tensors& inputs, JointGradFn gradient) {
  bool any = false;
  for (const Tensor& x : inputs) {
    detail::notice_inputs({&x});
    any |= needs_grad(x);
  }
  if (!any) return;
  check(gradient != nullptr, "{}: its gradient function is empty", op);
  auto node = std::make_shared<Node>(op);
  for (const Tensor& x : inputs) node->inputs.push_back(gradient_edge(x));
  node->joint = std::move(gradient);
  detail::attach_node(std::move(node), outputs);
}

bool gradient_wanted(std::size_t input) {
  const Node* node = detail::current_node;
  if (!node) return true;
  return node->inputs.at(input).node && (!detail::current_wanted || (*detail::current_wanted)[input]);
}

void refuse_to_record(const char* op, const Tensors& inputs, const char* instead) {
  for (const Tensor& x : inputs) {
    detail::notice_inputs({&x});
    check(!needs_grad(x), "{}: has no gradient, but its input {} needs one; {}", op, describe(x), instead);
  }
}

void first_derivative_only(const char* op, const char* composed) {
  check(!grad_enabled(),
        "{}: its gradient is a fused kernel and has no gradient of its own; for second derivatives use {}", op,
        composed);
}

}  // namespace adora
