#pragma once
#include <string>

#include "../../nn/data/records/wording.h"
#include "model_source.h"

namespace adora::finetune {

/// The value of --prompt-template that puts exercises into the model's chat template.
inline constexpr const char* chat_prompt = "chat";

/// How records are put to a model that outlives this, as --prompt-template (a file, `chat_prompt`, or empty) and
/// --chat-template (a file, or empty: the model's own) say. Errors name the option.
Wording wording_of(const std::string& prompt_template, const std::string& chat_template, const ModelSource& source);

}  // namespace adora::finetune
