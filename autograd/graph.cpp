#include "graph.h"

#include <algorithm>
#include <unordered_set>

namespace adora {

std::vector<std::shared_ptr<Node>> graph_nodes(const std::vector<std::shared_ptr<Node>>& roots,
                                               const std::vector<const Node*>& boundary) {
  std::vector<std::shared_ptr<Node>> nodes;
  std::unordered_set<const Node*> known;
  const std::unordered_set<const Node*> last(boundary.begin(), boundary.end());
  auto enter = [&](const std::shared_ptr<Node>& node) {
    if (node && known.insert(node.get()).second) nodes.push_back(node);
  };
  for (const std::shared_ptr<Node>& root : roots) enter(root);
  for (std::size_t done = 0; done < nodes.size(); ++done) {
    if (last.contains(nodes[done].get())) continue;
    // By index: `enter` may move the nodes, though not what they point to.
    for (const Edge& edge : nodes[done]->inputs) enter(edge.node);
  }
  std::sort(nodes.begin(), nodes.end(),
            [](const std::shared_ptr<Node>& a, const std::shared_ptr<Node>& b) { return a->sequence > b->sequence; });
  return nodes;
}

std::vector<std::shared_ptr<Node>> graph_nodes(const Tensor& x) { return graph_nodes({gradient_edge(x).node}); }

}  // namespace adora
