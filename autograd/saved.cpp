#include "saved.h"

#include "node.h"

namespace adora {
Saved::Saved(const ToSave& kept) : name_(kept.name) {
  const Tensor& x = kept.tensor;
  if (!x.defined()) return;
  // Not the handle itself: a saved output would hold the node that holds it.
  tensor_ = x.detach();
  tensor_.set_autograd_meta(x.autograd_meta());
  id_ = x.id();
  version_ = x.storage()->version();
}

Tensor Saved::operator*() const {
  if (!tensor_.defined()) return {};
  Node* node = detail::running.node;
  check(tensor_.storage()->version() == version_,
        "backward of {}: a tensor it needs ({}, {}) was changed in place after it was saved; change a copy instead, or "
        "run backward before the change",
        node ? node->op : "an operation", name_, describe(tensor_));
  if (output_ >= 0 && node) {
    Tensor output = tensor_.detach();
    std::shared_ptr<AutogradMeta> meta = ensure_autograd_meta(output);
    meta->requires_grad = true, meta->node = node->shared_from_this(), meta->output = output_;
    return output;
  }
  return tensor_;
}

Tensor SavedTensors::operator[](std::string_view name) const {
  for (const Saved& saved : all_) {
    if (saved.name() == name) return *saved;
  }
  fail("backward of {}: it saved no tensor under the name '{}'",
       detail::running.node ? detail::running.node->op : "an operation", name);
}

}  // namespace adora
