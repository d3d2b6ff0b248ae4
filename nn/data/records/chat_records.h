#pragma once
// Not in adora.h: the library's own.
#include "chat.h"
#include "record.h"

namespace adora {

/// A list of messages from a field of that name, of which the model's are to be learned where `learn` says so: those
/// of the assistant whose `weight` (0 or 1, 1 where it is missing) is not 0. Throws `Error` naming field and message.
void add_messages(Chat& chat, JsonFields& fields, const std::string& name, bool learn, const RecordOptions& options);
/// The same from a list of texts and who said them, with the words that ShareGPT's files have for roles.
void add_turns(Chat& chat, JsonFields& fields, const std::string& name, const RecordOptions& options);
/// A message in front of all others.
void put_first(Chat& chat, const std::string& role, const std::string& content);

/// What else a record of a chat has goes to the template as variables, which refuses those that it never asks for;
/// "chat_template_kwargs" is an object of such.
void add_variables(Chat& chat, JsonFields& fields, const RecordOptions& options);

std::unique_ptr<Record> chat_record(Chat chat);

}  // namespace adora
