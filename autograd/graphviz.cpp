#include "graphviz.h"

#include <unordered_map>

#include "graph.h"

namespace adora {
namespace {

using Storages = std::unordered_map<const Storage*, std::size_t>;

/// The memory that a node keeps for its gradient.
Storages kept_by(const Node& node) {
  Storages kept;
  for (const Saved& saved : node.saved) {
    if (saved.defined()) kept.emplace(saved.kept().storage().get(), saved.kept().storage()->bytes());
  }
  return kept;
}

std::size_t total(const Storages& storages) {
  std::size_t bytes = 0;
  for (const auto& [storage, size] : storages) bytes += size;
  return bytes;
}

/// The bytes that all nodes keep for their gradients: each block of memory counted once, the leaves' own not at all.
std::size_t kept_by_all(const std::vector<std::shared_ptr<Node>>& nodes) {
  Storages kept;
  for (const auto& node : nodes) kept.merge(kept_by(*node));
  for (const auto& node : nodes) {
    if (node->leaf) kept.erase(node->outputs[0].storage);
  }
  return total(kept);
}

std::string size_text(std::size_t bytes) {
  const double kib = static_cast<double>(bytes) / 1024;
  if (bytes < 1024) return fmt::format("{} bytes", bytes);
  return kib < 1024 ? fmt::format("{:.1f} KiB", kib) : fmt::format("{:.1f} MiB", kib / 1024);
}

/// Text inside the quotes of a label.
std::string dot_string(const std::string& text) {
  std::string result;
  for (char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c == '\n' ? ' ' : c;
  }
  return result;
}

std::string label_of(const Node& node) {
  std::string label = node.leaf ? "" : dot_string(node.op) + "\\n";
  for (const Node::Output& output : node.outputs) {
    const std::shared_ptr<AutogradMeta> h = output.meta.lock();
    if (h && !h->name.empty()) label += dot_string(h->name) + "\\n";
    label += fmt::format("{} {}\\n", name(output.dtype), output.layout.shape);
  }
  const std::size_t bytes = total(kept_by(node));
  if (bytes > 0) label += "keeps " + size_text(bytes) + "\\n";
  return label;
}

std::string drawing(const std::vector<std::shared_ptr<Node>>& nodes) {
  std::unordered_map<const Node*, std::size_t> number;
  for (std::size_t i = 0; i < nodes.size(); ++i) number[nodes[i].get()] = nodes.size() - 1 - i;
  std::string text = "digraph {\n";
  text += fmt::format("  label=\"{} kept for the backward pass\"\n", size_text(kept_by_all(nodes)));
  text += "  node [fontname=\"sans-serif\", fontsize=11]\n";
  for (const auto& node : nodes) {
    text += fmt::format("  n{} [shape={}, label=\"{}\"]\n", number.at(node.get()), node->leaf ? "ellipse" : "box",
                        label_of(*node));
    for (const Edge& edge : node->inputs) {
      if (!edge.node) continue;
      text += fmt::format("  n{} -> n{}", number.at(edge.node.get()), number.at(node.get()));
      text += edge.node->outputs.size() > 1 ? fmt::format(" [label=\"{}\"]\n", edge.output) : "\n";
    }
  }
  return text + "}\n";
}

}  // namespace

std::string graphviz(const Tensor& x) { return graphviz(Tensors{x}); }

std::string graphviz(const Tensors& outputs) {
  std::vector<std::shared_ptr<Node>> roots;
  for (const Tensor& y : outputs) {
    check_inputs("graphviz", {&y});
    roots.push_back(gradient_edge(y).node);
  }
  return drawing(graph_nodes(roots));
}

std::size_t saved_bytes(const Tensor& x) {
  check_inputs("saved_bytes", {&x});
  return kept_by_all(graph_nodes(x));
}

}  // namespace adora
