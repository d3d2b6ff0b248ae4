#include "backward.h"

#include <algorithm>
#include <unordered_map>

#include "../backends/basic.h"
#include "grad_mode.h"
#include "record.h"
#include "variable.h"

namespace adora {
namespace {

/// The sum of two gradients of one tensor, differentiable where recording is on.
Tensor sum_of(const Tensor& a, const Tensor& b) {
  Tensor y = empty_like(a);
  backends::add(a, b, y);
  return record("accumulate", y, input(a, [](const Tensor& g) { return g; }), input(b, [](const Tensor& g) { return g; }));
}

/// Whether nobody else sees the tensor's memory, so that it may be changed.
bool owned(const Tensor& x) { return x.use_count() == 1 && x.storage().use_count() == 1 && x.is_contiguous(); }

void add_into(Tensor& sum, Tensor gradient) {
  if (!sum.defined()) {
    sum = std::move(gradient);
  } else if (!grad_enabled() && owned(sum)) {
    backends::add(sum, gradient, sum);
  } else {
    sum = sum_of(sum, gradient);
  }
}

void check_gradient(const Tensor& gradient, const Node::Output& of, const char* from, const char* to) {
  check(gradient.shape() == of.shape && gradient.dtype() == of.dtype && gradient.device() == of.device,
        "backward: {} gave a gradient {} for a tensor ({} {} on {}) made by {}; it must match", from, describe(gradient),
        name(of.dtype), to_string(of.shape), to_string(of.device), to);
}

Tensor run_hooks(const std::vector<Hook>& hooks, Tensor gradient, const Node& node) {
  for (const Hook& hook : hooks) {
    Tensor replaced = hook(gradient);
    if (!replaced.defined()) continue;
    check_gradient(replaced, node.outputs[0], "a hook", node.op);
    gradient = std::move(replaced);
  }
  return gradient;
}

/// One walk over the graph. Nodes run in the order of falling sequence numbers:
/// every consumer of a node's outputs has a higher one, so when a node's turn
/// comes all its gradients are there. No recursion, whatever the depth.
class Walk {
 public:
  Walk(const Tensors& outputs, const Tensors& gradients) {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      Edge edge = gradient_edge(outputs[i]);
      check(edge.node != nullptr,
            "backward: the output ({}) does not depend on any tensor that requires a gradient, or was computed "
            "under NoGrad",
            describe(outputs[i]));
      find_nodes(edge.node);
      Tensor start = i < gradients.size() ? gradients[i] : Tensor();
      if (!start.defined()) {
        check(outputs[i].numel() == 1,
              "backward: the output ({}) has more than one element; give the gradient to start from, or reduce it "
              "with sum or mean",
              describe(outputs[i]));
        start = empty_like(outputs[i]);
        backends::fill(start, 1.0);
      }
      check_gradient(start, edge.node->outputs[static_cast<std::size_t>(edge.output)], "the caller", edge.node->op);
      starts_.push_back({edge, start});
    }
    std::sort(order_.begin(), order_.end(),
              [](const std::shared_ptr<Node>& a, const std::shared_ptr<Node>& b) { return a->sequence > b->sequence; });
    for (std::size_t i = 0; i < order_.size(); ++i) place_[order_[i].get()] = i;
    buffers_.resize(order_.size());
    for (std::size_t i = 0; i < order_.size(); ++i) buffers_[i].resize(order_[i]->outputs.size());
    for (auto& [edge, start] : starts_) deliver(edge, std::move(start));
    starts_.clear();
  }

  /// Asks for the gradient at `edge` rather than adding to leaves.
  void want(const Edge& edge) {
    targeted_ = true;
    if (wanted_.empty()) wanted_.resize(order_.size());
    auto found = edge.node ? place_.find(edge.node.get()) : place_.end();
    wanted_edges_.push_back(edge);
    if (found != place_.end()) wanted_[found->second] = true;
  }

  Tensors run(bool retain, bool record_pass) {
    GradMode mode(record_pass);
    if (targeted_) mark_paths();
    Tensors results(wanted_edges_.size());
    for (std::size_t i = 0; i < order_.size(); ++i) {
      if (targeted_ && !leads_to_wanted_[i]) {
        buffers_[i].clear();
        continue;
      }
      Tensors grads = std::move(buffers_[i]);
      visit(i, grads, results, retain);
      // Handles of a node that nobody else holds are dropped at once, and with
      // them the tensors it saved.
      if (!retain) order_[i].reset();
    }
    return results;
  }

 private:
  void find_nodes(const std::shared_ptr<Node>& root) {
    std::vector<std::shared_ptr<Node>> stack;
    auto enter = [&](const std::shared_ptr<Node>& node) {
      if (!place_.emplace(node.get(), 0).second) return;
      order_.push_back(node);
      stack.push_back(node);
    };
    enter(root);
    while (!stack.empty()) {
      std::shared_ptr<Node> node = std::move(stack.back());
      stack.pop_back();
      for (const Edge& edge : node->inputs) {
        if (edge.node) enter(edge.node);
      }
    }
  }

  void deliver(const Edge& edge, Tensor gradient) {
    add_into(buffers_[place_.at(edge.node.get())][static_cast<std::size_t>(edge.output)], std::move(gradient));
  }

  /// Which nodes a wanted gradient flows through; inputs come later in the order, so
  /// one sweep from the back settles it.
  void mark_paths() {
    leads_to_wanted_.assign(order_.size(), false);
    if (wanted_.empty()) wanted_.resize(order_.size());
    for (std::size_t i = order_.size(); i-- > 0;) {
      bool leads = wanted_[i];
      for (const Edge& edge : order_[i]->inputs) {
        if (edge.node) leads = leads || leads_to_wanted_[place_.at(edge.node.get())];
      }
      leads_to_wanted_[i] = leads;
    }
  }

  void visit(std::size_t at, Tensors& grads, Tensors& results, bool retain) {
    Node& node = *order_[at];
    bool any = false;
    for (std::size_t k = 0; k < grads.size(); ++k) {
      if (!grads[k].defined()) continue;
      any = true;
      grads[k] = run_hooks(node.outputs[k].hooks, std::move(grads[k]), node);
    }
    if (!any) return;
    if (node.leaf) grads[0] = run_hooks(node.leaf->hooks, std::move(grads[0]), node);
    for (std::size_t w = 0; w < wanted_edges_.size(); ++w) {
      if (wanted_edges_[w].node.get() == &node) results[w] = grads[static_cast<std::size_t>(wanted_edges_[w].output)];
    }
    if (node.leaf) {
      if (!targeted_) add_to_leaf(*node.leaf, std::move(grads[0]));
      return;
    }
    bool needed = !targeted_;
    for (const Edge& edge : node.inputs) {
      if (edge.node && targeted_) needed = needed || leads_to_wanted_[place_.at(edge.node.get())];
    }
    if (!needed) return;
    check(!node.released,
          "backward: the graph through {} was already freed by an earlier backward pass; pass retain_graph to the first",
          node.op);
    Tensors input_grads = node.run(grads);
    grads.clear();
    if (!retain) node.release();
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
      const Edge& edge = node.inputs[k];
      if (!edge.node || !input_grads[k].defined()) continue;
      if (targeted_ && !leads_to_wanted_[place_.at(edge.node.get())]) continue;
      check_gradient(input_grads[k], edge.node->outputs[static_cast<std::size_t>(edge.output)], node.op, edge.node->op);
      deliver(edge, std::move(input_grads[k]));
    }
  }

  static void add_to_leaf(History& leaf, Tensor gradient) {
    if (leaf.grad.defined() && !grad_enabled()) {
      backends::add(leaf.grad, gradient, leaf.grad);
      leaf.grad.storage()->bump_version();
    } else if (leaf.grad.defined()) {
      leaf.grad = sum_of(leaf.grad, gradient);
    } else if (grad_enabled() || owned(gradient)) {
      leaf.grad = std::move(gradient);
    } else {
      // Others see this memory (two leaves may get the same gradient): the leaf keeps a copy.
      leaf.grad = empty_like(gradient);
      backends::copy(gradient, leaf.grad);
    }
  }

  std::vector<std::shared_ptr<Node>> order_;
  std::unordered_map<Node*, std::size_t> place_;
  std::vector<Tensors> buffers_;  ///< for each node the gradients of its outputs
  std::vector<std::pair<Edge, Tensor>> starts_;
  std::vector<Edge> wanted_edges_;
  std::vector<bool> wanted_;
  std::vector<bool> leads_to_wanted_;
  bool targeted_ = false;
};

}  // namespace

void backward(const Tensor& output, const Tensor& gradient, BackwardOptions options) {
  backward(Tensors{output}, Tensors{gradient}, options);
}

void backward(const Tensors& outputs, const Tensors& gradients, BackwardOptions options) {
  Walk walk(outputs, gradients);
  walk.run(options.retain_graph || options.create_graph, options.create_graph);
}

Tensors grad(const Tensors& outputs, const Tensors& inputs, const GradOptions& options) {
  Walk walk(outputs, options.gradients);
  for (const Tensor& x : inputs) {
    check(wants_grad(x), "grad: the input ({}) does not require a gradient", describe(x));
    walk.want(gradient_edge(x));
  }
  Tensors results = walk.run(options.retain_graph || options.create_graph, options.create_graph);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    check(results[i].defined() || options.allow_unused,
          "grad: the outputs do not depend on input {} ({}); pass allow_unused to get an undefined gradient for it", i,
          describe(inputs[i]));
  }
  return results;
}

}  // namespace adora
