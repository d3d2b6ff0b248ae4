#pragma once
#include <string>

#include "model_source.h"

namespace adora::finetune {

/// A line without its end where the tokenizer's EOS, which documents end with, is none of the tokens at which texts of
/// the model's config end; empty where it is one, or there is none.
std::string end_note(const ModelSource& source);

}  // namespace adora::finetune
