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
struct Trash {
  std::vector<Edge> edges;
  std::vector<GradFn> grad_fns;
  std::vector<JointGradFn> joints;
  std::vector<Hook> hooks;

  /// Moved out before it is dropped, for dropping it puts more into the trash.
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

thread_local Trash* open_trash = nullptr;

template <class F> void throw_away(F put) {
  if (open_trash) return put(*open_trash);
  Trash trash;
  open_trash = &trash;
  put(trash);
  trash.empty();
  open_trash = nullptr;
}

template <class T> void move_into(std::vector<T>& trash, std::vector<T>& things) {
  for (T& thing : things) trash.push_back(std::move(thing));
  things.clear();
}

}  // namespace

History* history(const Tensor& x) { return static_cast<History*>(x.attachment().get()); }

std::shared_ptr<History> ensure_history(const Tensor& x) {
  if (!x.attachment()) x.attach(std::make_shared<History>());
  return std::static_pointer_cast<History>(x.attachment());
}

Node::Node(const char* op) : op(op), sequence(next_sequence++) {}

Node::~Node() {
  throw_away([this](Trash& trash) {
    move_into(trash.edges, inputs);
    for (Output& output : outputs) move_into(trash.hooks, output.hooks);
    release();
  });
}

void Node::release() {
  released = true;
  throw_away([this](Trash& trash) {
    move_into(trash.grad_fns, grad_fns);
    if (joint) trash.joints.push_back(std::move(joint));
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
  std::shared_ptr<History> leaf = ensure_history(x);
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
  History* h = history(x);
  if (!h || !h->requires_grad) return {};
  if (h->node) return {h->node, h->output};
  return {leaf_accumulator(x), 0};
}

}  // namespace adora
