#include "wording.h"

#include "../../../core/error.h"
#include "chat.h"
#include "instruction.h"

namespace adora {

Wording::Wording(PromptTemplate prompt, std::function<ChatTemplate()> load_chat)
    : prompt_(std::move(prompt)), load_chat_(std::move(load_chat)) {}

Prompt Wording::prompt(const InstructionRecord& record) const {
  if (!as_chats_) {
    if (record.input.empty() && prompt_.leaves_gaps()) ++empty_inputs_;
    return {prompt_.prompt(record)};
  }
  return {chat().apply(chat_of(record, false).messages, {.add_generation_prompt = true}).text, true};
}

const ChatTemplate& Wording::chat() const {
  if (!chat_) {
    check(static_cast<bool>(load_chat_), "a chat needs a model with a chat template, which this one has not");
    chat_ = load_chat_();
  }
  return *chat_;
}

}  // namespace adora
