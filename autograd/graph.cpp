#include "graph.h"

#include <algorithm>

namespace adora {

std::vector<std::shared_ptr<Node>> graph_nodes(const std::vector<std::shared_ptr<Node>>& roots,
                                               const std::vector<const Node*>& boundary) {
  // What is yet to be visited, the latest recorded on top. A node was recorded after all that its edges lead to: so
  // when it is taken off, whoever leads to it has been, and it lies there as often as they are, one copy after the
  // other.
  struct Found {
    std::uint64_t sequence;
    const std::shared_ptr<Node>* node;  ///< in a root or an edge, which stay where they are
    bool operator<(const Found& other) const { return sequence < other.sequence; }
  };
  std::vector<Found> heap;
  auto enter = [&](const std::shared_ptr<Node>& node) {
    if (!node) return;
    heap.push_back({node->sequence, &node});
    std::push_heap(heap.begin(), heap.end());
  };
  std::vector<const Node*> last = boundary;
  std::sort(last.begin(), last.end());
  for (const std::shared_ptr<Node>& root : roots) enter(root);
  std::vector<std::shared_ptr<Node>> nodes;
  while (!heap.empty()) {
    const std::shared_ptr<Node>& node = *heap.front().node;
    std::pop_heap(heap.begin(), heap.end());
    heap.pop_back();
    if (!nodes.empty() && nodes.back() == node) continue;
    nodes.push_back(node);
    if (std::binary_search(last.begin(), last.end(), node.get())) continue;
    for (const Edge& edge : node->inputs) enter(edge.node);
  }
  return nodes;
}

std::vector<std::shared_ptr<Node>> graph_nodes(const Tensor& x) { return graph_nodes({gradient_edge(x).node}); }

}  // namespace adora
