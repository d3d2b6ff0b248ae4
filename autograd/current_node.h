#pragma once
// Not in adora.h: the library's own.
#include <vector>

namespace adora {
class Node;
}

namespace adora::detail {

/// The node whose gradient function runs on this thread now; a saved output
/// finds its way back into the graph through it.
inline thread_local Node* current_node = nullptr;
/// Which of its inputs' gradients are asked for; null: all that need one.
inline thread_local const std::vector<bool>* current_wanted = nullptr;

class CurrentNode {
 public:
  CurrentNode(Node* node, const std::vector<bool>* wanted)
      : node_before_(current_node), wanted_before_(current_wanted) {
    current_node = node;
    current_wanted = wanted;
  }
  ~CurrentNode() {
    current_node = node_before_;
    current_wanted = wanted_before_;
  }
  CurrentNode(const CurrentNode&) = delete;
  CurrentNode& operator=(const CurrentNode&) = delete;

 private:
  Node* node_before_;
  const std::vector<bool>* wanted_before_;
};

}  // namespace adora::detail
