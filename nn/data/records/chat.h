#pragma once
// Not in adora.h: the library's own.
#include <vector>

#include "../../io/json.h"
#include "../../text/chat_template.h"
#include "passage.h"

namespace adora {

struct InstructionRecord;

/// Messages to train on.
struct Chat {
  Json::Array messages;       ///< objects with role, content and what else the template reads
  std::vector<bool> learned;  ///< of each message, whether it is the model's, and to be learned
  Json::Object variables;     ///< what else the template is given: tools and the like
};

/// The text that the template makes of a chat; its answers are the messages to be learned, each with what ends it, from
/// after what stands in front of any answer. Throws `Error` for a chat without messages, for keys that the template
/// never reads, and where it writes the messages before an answer otherwise than without that answer.
Passage chat_passage(const Chat& chat, const ChatTemplate& chat_template);

/// An exercise as a chat: the instruction, an empty line and the input, where there is one, and the response.
Chat chat_of(const InstructionRecord& record, bool with_response = true);

}  // namespace adora
