// Chats as the interfaces of chat models have them: messages with role and content.
#include "chat_records.h"

namespace adora {
namespace {

bool fits(const Json::Object& object) { return object.contains("messages"); }

std::unique_ptr<Record> read(JsonFields& fields, const RecordOptions& options) {
  Chat chat;
  add_messages(chat, fields, "messages", true, options);
  add_variables(chat, fields, options);
  return chat_record(std::move(chat));
}

const RegisterRecordForm registered{
    {.shape = R"({"messages": [{"role": "user", "content": "..."}, ...]})", .fits = fits, .read = read}};

}  // namespace
}  // namespace adora
