#include "node.h"

#include <atomic>
#include <mutex>

#include "current_node.h"

namespace adora {
namespace {

std::atomic<std::uint64_t> next_sequence{0};

/// What dead nodes held. A node's parts may hold the last handle on the node
/// before it, and so on for thousands: whoever is first puts them here and drops
/// them in a loop, and the nodes that die meanwhile add theirs.
struct PendingDestruction {
  std::vector<Edge> edges;
  std::vector<GradFn> grad_fns;
  std::vector<JointGradFn> joints;
  std::vector<Hook> hooks;

  /// Moved out before it is dropped, for dropping it adds more to what is pending.
  template <class T> static bool drop_one(std::vector<T>& things) {
    if (things.empty()) return false;
    T thing = std::move(things.back());
    things.pop_back();
    return true;
  }
  void empty() {
    while (drop_one(edges) || drop_one(grad_fns) || drop_one(joints) || drop_one(hooks)) {
    }
  }
};

thread_local PendingDestruction* pending_here = nullptr;

template <class F> void destroy_in_a_loop(F put) {
  if (pending_here) return put(*pending_here);
  PendingDestruction pending;
  pending_here = &pending;
  put(pending);
  pending.empty();
  pending_here = nullptr;
}

template <class T> void move_into(std::vector<T>& pending, std::vector<T>& things) {
  for (T& thing : things) pending.push_back(std::move(thing));
  things.clear();
}

}  // namespace

AutogradMeta* autograd_meta(const Tensor& x) { return static_cast<AutogradMeta*>(x.autograd_meta().get()); }

std::shared_ptr<AutogradMeta> ensure_autograd_meta(const Tensor& x) {
  if (!x.autograd_meta()) x.set_autograd_meta(std::make_shared<AutogradMeta>());
  return std::static_pointer_cast<AutogradMeta>(x.autograd_meta());
}

Node::Node(const char* op) : op(op), sequence(next_sequence++) {}

Node::~Node() {
  destroy_in_a_loop([this](PendingDestruction& pending) {
    move_into(pending.edges, inputs);
    for (Output& output : outputs) move_into(pending.hooks, output.hooks);
    release();
  });
}

void Node::release() {
  released = true;
  destroy_in_a_loop([this](PendingDestruction& pending) {
    move_into(pending.grad_fns, grad_fns);
    if (joint) pending.joints.push_back(std::move(joint));
    joint = nullptr;
  });
}

void Node::renumber() { sequence = next_sequence++; }

Tensors Node::run(const Tensors& output_grads, const std::vector<bool>* wanted) {
  detail::CurrentNode running(this, wanted);
  if (joint) {
    Tensors result = joint(output_grads);
    check(result.size() == inputs.size(), "backward of {}: its gradient function gave {} gradients for {} inputs", op,
          result.size(), inputs.size());
    return result;
  }
  Tensors result(inputs.size());
  if (!output_grads[0].defined()) return result;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (grad_fns[i] && (!wanted || (*wanted)[i])) result[i] = grad_fns[i](output_grads[0]);
  }
  return result;
}

std::shared_ptr<Node> leaf_accumulator(const Tensor& x) {
  static std::mutex making;
  std::shared_ptr<AutogradMeta> leaf = ensure_autograd_meta(x);
  std::lock_guard lock(making);
  std::shared_ptr<Node> node = leaf->accumulator.lock();
  if (!node) {
    node = std::make_shared<Node>("leaf");
    node->outputs.emplace_back(x, leaf);
    node->leaf = leaf;
    leaf->accumulator = node;
  }
  return node;
}

Edge gradient_edge(const Tensor& x) {
  if (!x.defined()) return {};
  AutogradMeta* h = autograd_meta(x);
  if (!h || !h->requires_grad) return {};
  if (h->node) return {h->node, h->output};
  return {leaf_accumulator(x), 0};
}

}  // namespace adora
