#include "wording.h"

#include "../../core/error.h"

namespace adora::finetune {

Wording wording_of(const std::string& prompt_template, const std::string& chat_template, const ModelSource& source) {
  const bool as_chats = prompt_template == chat_prompt;
  PromptTemplate prompt;
  if (!prompt_template.empty() && !as_chats) try {
      prompt = PromptTemplate::from_file(prompt_template);
    } catch (const Error& error) {
      fail("--prompt-template {}", error.what());
    }
  Wording wording(prompt, [chat_template, &source] { return source.chat_template(chat_template); });
  if (as_chats) wording.put_exercises_as_chats();
  return wording;
}

}  // namespace adora::finetune
