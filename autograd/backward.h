#pragma once
#include "node.h"

namespace adora {

struct BackwardOptions {
  bool retain_graph = false;  ///< keep what was saved, so that backward can run again
  /// Record the backward pass itself, for gradients of gradients; implies retain_graph. The gradients of the leaves
  /// then have a history that leads back to the leaves, so that the graph keeps itself alive until they are forgotten
  /// (clear_grad, zero_grad). gradients() leaves no such circle.
  bool create_graph = false;
};

/// Adds to the gradient of every leaf that `output` depends on. `output` has one
/// element; or give the gradient to start from, of its shape and dtype. Saved
/// tensors are freed as the pass goes, unless the graph is retained. An error where
/// `output` is undefined or depends on nothing that wants a gradient.
void backward(const Tensor& output, const Tensor& gradient = {}, BackwardOptions options = {});

/// As above from several outputs at once: one gradient for each, undefined ones (or none at all) stand for ones.
void backward(const Tensors& outputs, const Tensors& gradients, BackwardOptions options = {});

struct GradOptions {
  bool create_graph = false;
  bool retain_graph = false;
  bool allow_unused = false;  ///< undefined gradients for inputs that the outputs do not depend on, not an error
  Tensors gradients = {};     ///< of the outputs; ones where not given
  /// Whether one input's gradient takes in what reaches it through another input that was computed from it.
  /// Without it inputs count as independent, nothing before them is even looked at, and their hooks are not run: the
  /// gradients are for a pass that goes on from them.
  bool through_inputs = true;
};

/// The gradients of the sum of `outputs` with respect to `inputs`, leaves or not.
/// Adds nothing to any leaf and computes only what lies between both.
Tensors gradients(const Tensors& outputs, const Tensors& inputs, const GradOptions& options = {});

/// That of one output with respect to one input, as PyTorch's torch.autograd.grad: `grad(u, x, {.create_graph = true})`
/// can be differentiated again. (`grad(x)` is what backward() has added to a leaf.)
inline Tensor grad(const Tensor& output, const Tensor& input, const GradOptions& options = {}) {
  return gradients({output}, {input}, options)[0];
}

}  // namespace adora
