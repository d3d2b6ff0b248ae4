#include "node.h"

#include <atomic>
#include <mutex>
#include <utility>

#include "grad_mode.h"

namespace adora {
namespace {

std::atomic<std::uint64_t> next_sequence{0};

/// What dead nodes held. A node's parts may hold the last handle on the node
/// before it, and so on for thousands: whoever is first puts them here and drops
/// them in a loop, and the nodes that die meanwhile add theirs.
struct PendingDestruction {
  std::vector<Edge> edges;
  std::vector<Saved> saved;
  std::vector<GradientFn> gradients;
  std::vector<Hook> hooks;

  /// Moved out before it is dropped, for dropping it adds more to what is pending.
  template <class T> static bool drop_one(std::vector<T>& things) {
    if (things.empty()) return false;
    T thing = std::move(things.back());
    things.pop_back();
    return true;
  }
  void empty() {
    while (drop_one(edges) || drop_one(saved) || drop_one(gradients) || drop_one(hooks)) {
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
    move_into(pending.saved, saved);
    for (GradientFn* f : {&gradient, &composed}) {
      if (*f) pending.gradients.push_back(std::exchange(*f, nullptr));
    }
  });
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
    node = std::make_shared<Node>("leaf");
    node->outputs.emplace_back(x, leaf);
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
