#pragma once
#include <vector>

#include "../data/batches.h"
#include "../models/causal_lm.h"

namespace adora {

/// The mean loss over all target tokens of the documents, in nats a token; e to its power is the perplexity. Computed
/// with `rows` documents at a time, 1 or more, those of like lengths together, in evaluation mode and without
/// gradients. An error where no document has a target.
double document_loss(CausalLm& model, const std::vector<Document>& documents, std::int64_t rows);

}  // namespace adora
