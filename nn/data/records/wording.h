#pragma once
#include <functional>
#include <optional>
#include <string>

#include "../../text/chat_template.h"
#include "passage.h"
#include "prompt_template.h"

namespace adora {

/// How records are put to a model: the prompt of an exercise, and the chat template of a model.
class Wording {
 public:
  /// The chat template is asked for when a chat first needs it, since most models have none; what that throws is thrown
  /// then. Empty: there is none.
  explicit Wording(PromptTemplate prompt = {}, std::function<ChatTemplate()> load_chat = {});

  /// Exercises become chats of one question and its answer.
  void put_exercises_as_chats() { as_chats_ = true; }
  bool exercises_are_chats() const { return as_chats_; }

  /// What stands in front of the response to an exercise.
  Prompt prompt(const InstructionRecord& record) const;
  const ChatTemplate& chat() const;
  /// How many of the prompts so far have a place for an input that is empty.
  std::size_t empty_inputs() const { return empty_inputs_; }

 private:
  PromptTemplate prompt_;
  std::function<ChatTemplate()> load_chat_;
  mutable std::optional<ChatTemplate> chat_;
  bool as_chats_ = false;
  mutable std::size_t empty_inputs_ = 0;
};

}  // namespace adora
