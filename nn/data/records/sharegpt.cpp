// Chats as ShareGPT's files have them: turns of who said what, with a system prompt beside them.
#include "chat_records.h"

namespace adora {
namespace {

bool fits(const Json::Object& object) { return object.contains("conversations"); }

std::unique_ptr<Record> read(JsonFields& fields, const RecordOptions& options) {
  Chat chat;
  // Some files with this key have messages in it.
  const Json* list = fields.find("conversations");
  const auto* turns = list ? list->get<Json::Array>() : nullptr;
  const auto* first = turns && !turns->empty() ? turns->front().get<Json::Object>() : nullptr;
  if (first && first->contains("role")) add_messages(chat, fields, "conversations", true, options);
  else add_turns(chat, fields, "conversations", options);
  if (fields.has("system")) put_first(chat, "system", fields.text("system"));
  add_variables(chat, fields, options);
  return chat_record(std::move(chat));
}

const RegisterRecordForm registered{
    {.shape = R"({"conversations": [{"from": "human", "value": "..."}, ...]})", .fits = fits, .read = read}};

}  // namespace
}  // namespace adora
