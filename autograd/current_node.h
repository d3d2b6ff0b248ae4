#pragma once

namespace adora {
class Node;
}

namespace adora::detail {

/// The node whose gradient function runs on this thread now; a saved output
/// finds its way back into the graph through it.
inline thread_local Node* current_node = nullptr;

class CurrentNode {
 public:
  explicit CurrentNode(Node* node) : before_(current_node) { current_node = node; }
  ~CurrentNode() { current_node = before_; }
  CurrentNode(const CurrentNode&) = delete;
  CurrentNode& operator=(const CurrentNode&) = delete;

 private:
  Node* before_;
};

}  // namespace adora::detail
