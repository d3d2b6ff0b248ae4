#pragma once
#include <string>
#include <vector>

#include "../data/documents.h"
#include "../models/causal_lm.h"

namespace adora {

/// A few characters that are others when any token of the documents is another, or counts in the loss and did not.
std::string fingerprint(const std::vector<Document>& documents);

/// The same for what training leaves as it is: the sizes and constants of the model, and its frozen weights. Of a large
/// weight 65,536 numbers, evenly spread, are looked at: another model differs in all of them.
std::string fingerprint(const CausalLm& model);

}  // namespace adora
