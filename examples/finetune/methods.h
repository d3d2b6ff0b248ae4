#pragma once
#include <string>
#include <vector>

namespace adora::finetune {

/// Every method there is: full, the kinds of adapter, and those with a quantized base.
const std::vector<std::string>& all_methods();
/// The kind of adapter that a method trains, which is the method's name without the quantized base: "dora" for "qdora".
std::string without_quantizing(const std::string& method);
/// Whether the method has low-rank matrices, so that rank, alpha and dropout mean something to it.
bool has_rank(const std::string& method);
/// Whether its low-rank matrices are trained, and scaled by alpha and the rank.
bool has_alpha(const std::string& method);
/// Whether the method has a magnitude, so that other modules may have theirs trained as well.
bool has_magnitude(const std::string& method);
/// Whether the product of its matrices can have a bias of its own.
bool has_bias(const std::string& method);

}  // namespace adora::finetune
