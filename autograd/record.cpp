#include "record.h"

#include "../core/pooled.h"
#include "input_observer.h"
#include "variable.h"

namespace adora {

bool grad_required_now(const Tensor& x) { return grad_enabled() && grad_required(x); }

namespace detail {

void attach_node(std::shared_ptr<Node> node, const Tensors& outputs) {
  for (const Tensor& y : outputs) check(y.defined(), "{}: one of its outputs is an undefined tensor", node->op);
  // A node is numbered when made, which is before the accumulators of leaves it
  // is the first to use; numbered anew it comes after all its inputs.
  node->renumber();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Tensor& y = outputs[i];
    check(!y.autograd_meta(), "{}: its output already has a history; record a new tensor, or a detached one", node->op);
    auto meta = make_pooled<AutogradMeta>();
    meta->requires_grad = true, meta->node = node, meta->output = static_cast<int>(i);
    for (Saved& saved : node->saved) saved.note_output(y, meta->output);
    node->outputs.push_back({y.layout(), y.dtype(), y.device(), y.storage().get(), meta});
    y.set_autograd_meta(std::move(meta));
  }
}

void notice_inputs(std::initializer_list<const Tensor*> inputs) {
  if (!input_observer) return;
  for (const Tensor* x : inputs) input_observer->notice(*x);
}

bool add_input(Node& node, const Tensor& x, bool has_gradient) {
  node.inputs.push_back(gradient_edge(x));
  const bool wanted = node.inputs.back().node != nullptr;
  check(!wanted || has_gradient, "{}: a gradient function is empty", node.op);
  return wanted;
}

std::size_t add_saved(Node& node, const ToSave& tensor) {
  for (std::size_t i = 0; i < node.saved.size(); ++i) {
    if (node.saved[i].is(tensor)) return i;
  }
  node.saved.emplace_back(tensor);
  return node.saved.size() - 1;
}

void record_node(const char* op, const Tensors& outputs, const Tensors& inputs, std::span<const ToSave> saved,
                 GradientFn gradient, GradientFn composed) {
  bool any = false;
  for (const Tensor& x : inputs) {
    notice_inputs({&x});
    any |= grad_required_now(x);
  }
  if (!any) return;
  check(gradient != nullptr, "{}: its gradient function is empty", op);
  auto node = make_pooled<Node>(op);
  for (const Tensor& x : inputs) node->inputs.push_back(gradient_edge(x));
  node->saved.reserve(saved.size());
  for (const ToSave& tensor : saved) node->saved.emplace_back(tensor);
  node->gradient = std::move(gradient), node->composed = std::move(composed);
  attach_node(std::move(node), outputs);
}

}  // namespace detail

bool input_grad_required(std::size_t input) {
  const detail::Running& now = detail::running;
  if (!now.node) return true;
  return now.node->inputs.at(input).node && (!now.wanted || (*now.wanted)[input]);
}

void record_joint(const char* op, const Tensors& outputs, const Tensors& inputs, std::initializer_list<ToSave> saved,
                  GradientFn gradient) {
  detail::record_node(op, outputs, inputs, saved, std::move(gradient));
}

void record_joint(const char* op, const Tensors& outputs, const Tensors& inputs,
                  std::function<Tensors(const Tensors&)> gradient) {
  GradientFn without_saved;
  if (gradient) without_saved = [f = std::move(gradient)](const Tensors& g, const SavedTensors&) { return f(g); };
  detail::record_node(op, outputs, inputs, {}, std::move(without_saved));
}

void refuse_to_record(const char* op, const Tensors& inputs, const char* instead) {
  for (const Tensor& x : inputs) {
    detail::notice_inputs({&x});
    check(!grad_required_now(x), "{}: has no gradient, but its input {} needs one; {}", op, describe(x), instead);
  }
}

}  // namespace adora
