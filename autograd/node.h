#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "saved.h"

namespace adora {

class Node;

/// Is shown a gradient as it arrives and may return another of the same shape
/// to take its place, or an undefined tensor to keep it.
using Hook = std::function<Tensor(const Tensor& gradient)>;

/// Where the gradient of a node's input flows: to the node that made the input, of whose outputs it is number `output`.
/// Without a node the input needs no gradient.
struct Edge {
  std::shared_ptr<Node> node;
  int output = 0;
};

/// Autograd's data of a tensor: for a leaf its gradient, for a computed tensor
/// the node that made it.
struct AutogradMeta final : AutogradMetaInterface {
  bool requires_grad = false;
  std::shared_ptr<Node> node;       ///< null for a leaf
  int output = 0;                   ///< which of the node's outputs the tensor is
  std::weak_ptr<Node> accumulator;  ///< of a leaf: the node that adds to `grad`
  Tensor grad;                      ///< of a leaf: the sum of all gradients so far
  std::vector<Hook> hooks;          ///< of a leaf
  bool replaced = false;            ///< a module has put another leaf in its place, which optimizers ask
  std::string name;
};

/// The autograd metadata of a tensor, or null; `ensure_autograd_meta` makes one.
AutogradMeta* autograd_meta(const Tensor& x);
std::shared_ptr<AutogradMeta> ensure_autograd_meta(const Tensor& x);

/// The gradients of an operation's inputs from those of its outputs (undefined where none arrived) and from what it
/// saved. Undefined results stand for zero.
using GradientFn = std::function<Tensors(const Tensors& gradients, const SavedTensors& saved)>;

/// One recorded operation: a vertex of the graph that backward walks. Every
/// edge leads to a node with a smaller sequence number.
class Node : public std::enable_shared_from_this<Node> {
 public:
  struct Output {
    Layout layout;
    DType dtype;
    Device device;
    const Storage* storage;  ///< tells whose memory it was; may be gone
    std::weak_ptr<AutogradMeta> meta;
    std::vector<Hook> hooks = {};
  };

  explicit Node(const char* op);
  /// Takes long chains apart in a loop: a graph of any depth is freed without recursion.
  ~Node();

  const char* op;
  std::uint64_t sequence;
  std::vector<Edge> inputs;
  std::vector<Output> outputs;
  std::vector<Saved> saved;  ///< what `gradient` needs
  GradientFn gradient;
  GradientFn composed;  ///< of a fused operation: the same from recorded operations, for gradients of gradients
  std::shared_ptr<AutogradMeta> leaf;  ///< set for the node that adds to a leaf's gradient
  bool released = false;               ///< what it saved was freed by a backward pass

  /// Gives the node the next sequence number, after all nodes made before.
  void renumber();
  /// The gradients of the inputs; where `wanted` is given, of those inputs for which it is true. Frees nothing.
  Tensors run(const Tensors& output_grads, const std::vector<bool>* wanted = nullptr);
  /// Frees every tensor it saved, and the gradient functions.
  void release();
};

namespace detail {
/// The gradient that is computed on this thread now.
struct Running {
  Node* node = nullptr;  ///< null between backward passes; an output that it saved is one of its outputs again
  const std::vector<bool>* wanted = nullptr;  ///< which inputs' gradients are asked for; null: all that need one
};
inline thread_local Running running;
}  // namespace detail

/// The node that adds to a leaf's gradient, made when first asked for. Several threads may
/// ask at once: graphs that share parameters can be recorded in parallel.
std::shared_ptr<Node> leaf_accumulator(const Tensor& x);

/// The edge along which the gradient of `x` flows; without a node where x needs no gradient.
Edge gradient_edge(const Tensor& x);

}  // namespace adora
