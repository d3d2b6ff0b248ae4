#include "backward.h"

#include <algorithm>
#include <functional>

#include "../backends/basic.h"
#include "accumulate.h"
#include "grad_mode.h"
#include "graph.h"
#include "variable.h"

namespace adora {
namespace {

void check_gradient(const Tensor& gradient, const Node::Output& of, const char* giver, const char* maker) {
  check(gradient.shape() == of.layout.shape && gradient.dtype() == of.dtype && gradient.device() == of.device,
        "backward: {} gave a gradient {} for a tensor ({} {} on {}) made by {}; it must match", giver,
        describe(gradient), name(of.dtype), of.layout.shape, of.device, maker);
}

Tensor run_hooks(const std::vector<Hook>& hooks, Tensor gradient, const Node::Output& of, const char* op) {
  for (std::size_t i = 0; i < hooks.size(); ++i) {
    Hook hook = hooks[i];  // a copy: it may add another hook
    Tensor replaced = hook(gradient);
    if (!replaced.defined()) continue;
    check_gradient(replaced, of, "a hook", op);
    gradient = std::move(replaced);
  }
  return gradient;
}

/// The gradient that a backward pass starts from: the one that the caller gave, or 1 for an output of one element.
Tensor start_of(const char* function, const Tensor& output, const Tensor& given, const Edge& edge) {
  Tensor start = given;
  if (!start.defined()) {
    check(output.numel() == 1,
          "{}: the output ({}) has not one element; give the gradient to start from, or reduce it with sum or mean",
          function, describe(output));
    start = empty_like(output);
    backends::fill(start, 1.0);
  }
  check_gradient(start, edge.node->outputs[static_cast<std::size_t>(edge.output)], "the caller", edge.node->op);
  return start;
}

/// One walk over the graph. Nodes run in the order of falling sequence numbers:
/// every consumer of a node's outputs has a higher one, so when a node's turn
/// comes all its gradients are there. No recursion, whatever the depth.
class Walk {
 public:
  /// Collects what lies below `outputs`. With `targets` the walk finds the gradients there instead of adding to leaves;
  /// then `beyond` says whether it goes on through them to further targets.
  Walk(const char* function, const Tensors& outputs, const Tensors& gradients, const std::vector<Edge>* targets,
       bool beyond)
      : targets_(targets), beyond_(beyond) {
    check(!outputs.empty(), "{}: no output was given", function);
    check(gradients.empty() || gradients.size() == outputs.size(),
          "{}: {} gradients were given for {} outputs; give one for each, undefined ones for ones", function,
          gradients.size(), outputs.size());
    std::vector<std::shared_ptr<Node>> roots;
    for (const Tensor& output : outputs) {
      roots.push_back(gradient_edge(output).node);
      check(roots.back() != nullptr,
            "{}: the output ({}) does not depend on any tensor that requires a gradient, or was computed under NoGrad",
            function, describe(output));
    }
    std::vector<const Node*> boundary;
    if (targets && !beyond) {
      for (const Edge& target : *targets) boundary.push_back(target.node.get());
    }
    nodes_ = graph_nodes(roots, boundary);
    sequences_.reserve(nodes_.size()), first_.reserve(nodes_.size() + 1);
    std::size_t outputs_so_far = 0;
    for (const auto& node : nodes_) {
      sequences_.push_back(node->sequence), first_.push_back(outputs_so_far);
      outputs_so_far += node->outputs.size();
    }
    first_.push_back(outputs_so_far);
    grads_.resize(outputs_so_far);
    if (targets) mark_paths();
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      Edge edge = gradient_edge(outputs[i]);
      deliver(edge, start_of(function, outputs[i], gradients.empty() ? Tensor() : gradients[i], edge));
    }
  }

  /// Runs every node that matters; returns the gradients at the targets.
  Tensors run(bool retain, bool record_pass) {
    GradMode mode(record_pass);
    Tensors results(targets_ ? targets_->size() : 0);
    Tensors grads;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      for (std::size_t k = first_[i]; k < first_[i + 1]; ++k) grads.push_back(std::move(grads_[k]));
      if (!targets_ || leads_[i]) visit(i, grads, results, retain);
      grads.clear();
      // The handle on a node that nobody else holds is dropped at once, and with
      // it the tensors it saved.
      if (!retain) nodes_[i].reset();
    }
    return results;
  }

 private:
  /// Where a node stands in the order, or where it would: it need not be one of them.
  std::size_t place_of(const Node& node) const {
    return static_cast<std::size_t>(
        std::lower_bound(sequences_.begin(), sequences_.end(), node.sequence, std::greater<>()) - sequences_.begin());
  }
  bool has(std::size_t place, const Node& node) const {
    return place < sequences_.size() && sequences_[place] == node.sequence;
  }

  void deliver(const Edge& edge, Tensor gradient) {
    const std::size_t place = place_of(*edge.node);
    check(has(place, *edge.node), "backward: {} is not below what the walk began with", edge.node->op);
    detail::add_into(grads_[first_[place] + static_cast<std::size_t>(edge.output)], std::move(gradient));
  }

  bool ends_at(std::size_t i) const { return is_target_[i] && !beyond_; }

  /// Marks the nodes that lead to a target. Inputs come later in the order, so that one sweep from the back is enough.
  void mark_paths() {
    is_target_.resize(nodes_.size());
    leads_.resize(nodes_.size());
    for (const Edge& target : *targets_) {
      const std::size_t place = place_of(*target.node);
      if (has(place, *target.node)) is_target_[place] = true;
    }
    for (std::size_t i = nodes_.size(); i-- > 0;) {
      leads_[i] = is_target_[i];
      if (ends_at(i)) continue;
      for (const Edge& edge : nodes_[i]->inputs) leads_[i] = leads_[i] || leads(edge);
    }
  }
  bool leads(const Edge& edge) const { return edge.node && leads_[place_of(*edge.node)]; }

  void visit(std::size_t at, Tensors& grads, Tensors& results, bool retain) {
    Node& node = *nodes_[at];
    // Where the walk ends, the pass that goes on from there runs the hooks.
    const bool ends_here = targets_ && ends_at(at);
    bool any = false;
    for (std::size_t k = 0; k < grads.size(); ++k) {
      if (!grads[k].defined()) continue;
      any = true;
      if (ends_here) continue;
      const Node::Output& output = node.outputs[k];
      grads[k] = run_hooks(node.leaf ? node.leaf->hooks : output.hooks, std::move(grads[k]), output, node.op);
    }
    if (!any) return;
    if (targets_ && is_target_[at]) {
      for (std::size_t t = 0; t < targets_->size(); ++t) {
        const Edge& target = (*targets_)[t];
        if (target.node.get() == &node) results[t] = grads[static_cast<std::size_t>(target.output)];
      }
      if (ends_here) return;
    }
    if (node.leaf) {
      if (!targets_) detail::add_to_leaf(*node.leaf, std::move(grads[0]));
      return;
    }
    pass_on(node, grads, retain);
  }

  /// Runs the node and delivers the gradients of its inputs.
  void pass_on(Node& node, Tensors& grads, bool retain) {
    std::vector<bool> wanted;
    bool some = !targets_;
    for (std::size_t k = 0; targets_ && k < node.inputs.size(); ++k) {
      wanted.push_back(leads(node.inputs[k]));
      some = some || wanted.back();
    }
    if (!some) return;
    check(
        !node.released,
        "backward: the graph through {} was already freed by an earlier backward pass; pass retain_graph to the first",
        node.op);
    Tensors input_grads = node.run(grads, targets_ ? &wanted : nullptr);
    grads.clear();
    if (!retain) node.release();
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
      const Edge& edge = node.inputs[k];
      if (!edge.node || !input_grads[k].defined() || (targets_ && !wanted[k])) continue;
      check_gradient(input_grads[k], edge.node->outputs[static_cast<std::size_t>(edge.output)], node.op, edge.node->op);
      deliver(edge, std::move(input_grads[k]));
    }
  }

  const std::vector<Edge>* targets_;
  bool beyond_;
  std::vector<std::shared_ptr<Node>> nodes_;
  std::vector<std::uint64_t> sequences_;  ///< of the nodes, falling
  std::vector<std::size_t> first_;        ///< for each node where its outputs' gradients begin
  Tensors grads_;
  std::vector<bool> is_target_, leads_;
};

}  // namespace

void backward(const Tensor& output, const Tensor& gradient, BackwardOptions options) {
  backward(Tensors{output}, Tensors{gradient}, options);
}

void backward(const Tensors& outputs, const Tensors& gradients, BackwardOptions options) {
  Walk("backward", outputs, gradients, nullptr, true)
      .run(options.retain_graph || options.create_graph, options.create_graph);
}

Tensors gradients(const Tensors& outputs, const Tensors& inputs, const GradOptions& options) {
  std::vector<Edge> targets;
  for (const Tensor& x : inputs) {
    check(x.defined() && grad_required(x), "gradients: the input ({}) does not require a gradient", describe(x));
    targets.push_back(gradient_edge(x));
  }
  Walk walk("gradients", outputs, options.gradients, &targets, options.through_inputs);
  Tensors results = walk.run(options.retain_graph || options.create_graph, options.create_graph);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    check(
        results[i].defined() || options.allow_unused,
        "gradients: the outputs do not depend on input {} ({}); pass allow_unused to get an undefined gradient for it",
        i, describe(inputs[i]));
  }
  return results;
}

}  // namespace adora
