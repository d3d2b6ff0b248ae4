#include "variable.h"

namespace adora {

Tensor requires_grad(const Tensor& x, bool required) {
  check_inputs("requires_grad", {&x});
  check(is_leaf(x),
        "requires_grad: the tensor ({}) was computed by '{}', so whether it needs a gradient follows from "
        "its inputs; detach() it first",
        describe(x), is_leaf(x) ? "" : autograd_meta(x)->node->op);
  check(!required || is_floating(x.dtype()), "requires_grad: only floating tensors have gradients, not {}",
        describe(x));
  if (required || autograd_meta(x)) ensure_autograd_meta(x)->requires_grad = required;
  return x;
}

bool grad_required(const Tensor& x) {
  if (!x.defined()) return false;
  AutogradMeta* h = autograd_meta(x);
  return h && h->requires_grad;
}

bool is_leaf(const Tensor& x) {
  check_inputs("is_leaf", {&x});
  AutogradMeta* h = autograd_meta(x);
  return !h || !h->node;
}

Tensor grad(const Tensor& x) {
  check_inputs("grad", {&x});
  AutogradMeta* h = autograd_meta(x);
  return h ? h->grad : Tensor();
}

void set_grad(const Tensor& x, const Tensor& gradient) {
  check_inputs("set_grad", {&x}, {&gradient});
  check(!gradient.defined() || (gradient.shape() == x.shape() && gradient.dtype() == x.dtype()),
        "set_grad: the gradient ({}) must have the tensor's shape and dtype ({})", describe(gradient), describe(x));
  ensure_autograd_meta(x)->grad = gradient;
}

void clear_grad(const Tensor& x) {
  check_inputs("clear_grad", {&x});
  if (AutogradMeta* h = autograd_meta(x)) h->grad = {};
}

void add_hook(const Tensor& x, Hook hook) {
  check(hook != nullptr, "add_hook: the hook is empty");
  check(grad_required(x), "add_hook: no gradient flows to this tensor ({}); call requires_grad on it first",
        describe(x));
  std::shared_ptr<AutogradMeta> h = ensure_autograd_meta(x);
  if (h->node) {
    h->node->outputs[static_cast<std::size_t>(h->output)].hooks.push_back(std::move(hook));
  } else {
    h->hooks.push_back(std::move(hook));
  }
}

void set_name(const Tensor& x, std::string name) {
  check_inputs("set_name", {&x});
  ensure_autograd_meta(x)->name = std::move(name);
}

}  // namespace adora
