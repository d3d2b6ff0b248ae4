#include "saved.h"

#include "current_node.h"
#include "node.h"

namespace adora {
namespace {
thread_local Saved::Observer* observer = nullptr;

/// Whether the tensor saved is that output. The id alone does not tell: a temporary tensor
/// that was saved may have died before the output was made, and left it its id.
bool is_output(const Node::Output& output, const Tensor& saved, const void* id) {
  return output.id == id && output.storage == saved.storage().get() && output.layout.offset == saved.layout().offset &&
         output.layout.shape == saved.shape() && output.layout.strides == saved.strides();
}
}  // namespace

Saved::Observer::Observer() : before_(observer) { observer = this; }
Saved::Observer::~Observer() { observer = before_; }

Saved::Saved(const Tensor& x) {
  if (!x.defined()) return;
  // Not the handle itself: a saved output would hold the node that holds it.
  tensor_ = x.detach();
  tensor_.set_autograd_meta(x.autograd_meta());
  id_ = x.id();
  version_ = x.storage()->version();
}

Saved::Saved(const Saved& other) : tensor_(other.tensor_), id_(other.id_), version_(other.version_) {
  if (observer && tensor_.defined()) observer->seen.push_back(tensor_);
}

Tensor Saved::operator*() const {
  if (!tensor_.defined()) return {};
  Node* node = detail::current_node;
  check(tensor_.storage()->version() == version_,
        "backward of {}: a tensor it needs ({}) was changed in place after it was saved; change a copy instead, or "
        "run backward before the change",
        node ? node->op : "an operation", describe(tensor_));
  if (node && !tensor_.autograd_meta()) {
    for (std::size_t i = 0; i < node->outputs.size(); ++i) {
      if (!is_output(node->outputs[i], tensor_, id_)) continue;
      Tensor output = tensor_.detach();
      std::shared_ptr<AutogradMeta> h = ensure_autograd_meta(output);
      h->requires_grad = true;
      h->node = node->shared_from_this();
      h->output = static_cast<int>(i);
      return output;
    }
  }
  return tensor_;
}

}  // namespace adora
