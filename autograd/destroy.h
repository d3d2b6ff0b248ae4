#pragma once
// Not in adora.h: the library's own.
#include "node.h"

/// A graph of any depth is freed without recursion.
namespace adora::detail {

/// Frees what the node saved, and its gradient functions.
void drop_saved(Node& node);
/// Frees all that a dying node held.
void drop_parts(Node& node);

}  // namespace adora::detail
