#include "node.h"

#include <atomic>
#include <mutex>

#include "../core/pooled.h"
#include "destroy.h"
#include "grad_mode.h"

namespace adora {
namespace {

std::atomic<std::uint64_t> next_sequence{0};

}  // namespace

AutogradMeta* autograd_meta(const Tensor& x) { return static_cast<AutogradMeta*>(x.autograd_meta().get()); }

std::shared_ptr<AutogradMeta> ensure_autograd_meta(const Tensor& x) {
  if (!x.autograd_meta()) x.set_autograd_meta(make_pooled<AutogradMeta>());
  return std::static_pointer_cast<AutogradMeta>(x.autograd_meta());
}

Node::Node(const char* op) : op(op), sequence(next_sequence++) {}

Node::~Node() { detail::drop_parts(*this); }

void Node::release() {
  released = true;
  detail::drop_saved(*this);
}

void Node::renumber() { sequence = next_sequence++; }

Tensors Node::run(const Tensors& output_grads, const std::vector<bool>* wanted) {
  struct Restore {
    detail::Running before = detail::running;
    ~Restore() { detail::running = before; }
  } restore;
  detail::running = {this, wanted};
  Tensors result = (composed && grad_enabled() ? composed : gradient)(output_grads, SavedTensors(saved));
  check(result.size() == inputs.size(), "backward of {}: its gradient function gave {} gradients for {} inputs", op,
        result.size(), inputs.size());
  return result;
}

std::shared_ptr<Node> leaf_accumulator(const Tensor& x) {
  static std::mutex making;
  std::shared_ptr<AutogradMeta> leaf = ensure_autograd_meta(x);
  std::lock_guard lock(making);
  std::shared_ptr<Node> node = leaf->accumulator.lock();
  if (!node) {
    node = make_pooled<Node>("leaf");
    node->outputs.push_back({x.layout(), x.dtype(), x.device(), x.storage().get(), leaf});
    node->leaf = leaf;
    leaf->accumulator = node;
  }
  return node;
}

Edge gradient_edge(const Tensor& x) {
  if (!x.defined()) return {};
  const AutogradMeta* meta = autograd_meta(x);
  if (!meta || !meta->requires_grad) return {};
  if (meta->node) return {meta->node, meta->output};
  return {leaf_accumulator(x), 0};
}

}  // namespace adora
