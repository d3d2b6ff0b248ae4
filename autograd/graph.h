#pragma once
#include "node.h"

namespace adora {

/// Every node that can be reached from `roots` along edges, the latest recorded first: a
/// node comes before all nodes its inputs came from. Edges out of the nodes in
/// `boundary` are not followed. Runs without recursion, whatever the depth.
std::vector<std::shared_ptr<Node>> graph_nodes(const std::vector<std::shared_ptr<Node>>& roots,
                                               const std::vector<const Node*>& boundary = {});

/// The nodes of the graph that made `x`, `x`'s own first; none for a tensor without history.
std::vector<std::shared_ptr<Node>> graph_nodes(const Tensor& x);

}  // namespace adora
