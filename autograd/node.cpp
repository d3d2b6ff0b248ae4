#include "node.h"

#include <atomic>

#include "current_node.h"

namespace adora {
namespace {

std::atomic<std::uint64_t> next_sequence{0};

/// What dead nodes held. A node's parts may hold the last handle on the node
/// before it, and so on for thousands: they are put here and dropped in a loop.
struct Trash {
  std::vector<Edge> edges;
  std::vector<GradFn> grad_fns;
  std::vector<JointGradFn> joints;
  bool emptying = false;

  void empty() {
    if (emptying) return;
    emptying = true;
    while (!edges.empty() || !grad_fns.empty() || !joints.empty()) {
      // Moved out first, for dropping one puts more into the trash.
      if (!edges.empty()) {
        Edge edge = std::move(edges.back());
        edges.pop_back();
      } else if (!grad_fns.empty()) {
        GradFn fn = std::move(grad_fns.back());
        grad_fns.pop_back();
      } else {
        JointGradFn fn = std::move(joints.back());
        joints.pop_back();
      }
    }
    emptying = false;
  }
};

Trash& trash() {
  // Never destroyed: graphs held by static variables outlive the thread's other objects.
  thread_local Trash* trash = new Trash;
  return *trash;
}

}  // namespace

History* history(const Tensor& x) { return static_cast<History*>(x.attachment().get()); }

std::shared_ptr<History> ensure_history(const Tensor& x) {
  if (!x.attachment()) x.attach(std::make_shared<History>());
  return std::static_pointer_cast<History>(x.attachment());
}

Node::Node(const char* op) : op(op), sequence(next_sequence++) {}

Node::~Node() {
  release();
  Trash& t = trash();
  for (Edge& edge : inputs) {
    if (edge.node) t.edges.push_back(std::move(edge));
  }
  t.empty();
}

void Node::release() {
  released = true;
  Trash& t = trash();
  for (GradFn& fn : grad_fns) {
    if (fn) t.grad_fns.push_back(std::move(fn));
  }
  grad_fns.clear();
  if (joint) t.joints.push_back(std::move(joint));
  joint = nullptr;
  t.empty();
}

void Node::renumber() { sequence = next_sequence++; }

Tensors Node::run(const Tensors& output_grads) {
  detail::CurrentNode running(this);
  if (joint) return joint(output_grads);
  Tensors result(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].node && grad_fns[i] && output_grads[0].defined()) result[i] = grad_fns[i](output_grads[0]);
  }
  return result;
}

std::shared_ptr<Node> leaf_accumulator(const Tensor& x) {
  std::shared_ptr<History> leaf = ensure_history(x);
  std::shared_ptr<Node> node = leaf->accumulator.lock();
  if (!node) {
    node = std::make_shared<Node>("leaf");
    node->outputs.push_back({x.shape(), x.dtype(), x.device(), x.id(), {}, leaf});
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
