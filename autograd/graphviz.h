#pragma once
#include <string>

#include "../core/tensor.h"

namespace adora {

/// The graph that made `x` as Graphviz text (`dot -Tsvg` draws it): leaves as ellipses, operations as boxes with
/// the shapes of their outputs, names where set_name gave them, and the bytes of memory each operation keeps for the
/// backward pass. The whole graph's label counts memory that several keep once, and leaves not at all.
std::string graphviz(const Tensor& x);
std::string graphviz(const Tensors& outputs);

/// The bytes that the graph of `x` keeps in memory for the backward pass, leaves not counted.
std::size_t saved_bytes(const Tensor& x);

}  // namespace adora
