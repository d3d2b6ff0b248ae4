#include "chat_records.h"

#include "../../../core/error.h"

namespace adora {
namespace {

class ChatRecord : public Record {
 public:
  explicit ChatRecord(Chat chat) : chat_(std::move(chat)) {}
  Passage passage(const Wording& wording) const override { return chat_passage(chat_, wording.chat()); }

 private:
  Chat chat_;
};

const Json::Array& list_in(JsonFields& fields, const std::string& name, const char* of) {
  const Json* json = fields.find(name);
  const auto* list = json ? json->get<Json::Array>() : nullptr;
  if (!list || list->empty()) fields.refuse(name, std::string("a list of objects with ") + of);
  return *list;
}

void add(Chat& chat, Json message, bool learned) {
  chat.messages.push_back(std::move(message));
  chat.learned.push_back(learned);
}

/// Takes the key out of a message; null where there is none.
Json take_out(Json::Object& message, const std::string& name) {
  const auto at = message.find(name);
  if (at == message.end()) return {};
  Json value = std::move(at->second);
  message.erase(name);
  return value;
}

/// What ShareGPT's files call roles; others are the templates' own.
std::string role_of(const std::string& said_by) {
  if (said_by == "human") return "user";
  if (said_by == "gpt" || said_by == "chatgpt" || said_by == "model" || said_by == "bot") return "assistant";
  if (said_by == "observation") return "tool";
  return said_by;
}

}  // namespace

void add_messages(Chat& chat, JsonFields& fields, const std::string& name, bool learn, const RecordOptions& options) {
  for (const Json& one : list_in(fields, name, "role and content")) {
    const std::string where = fmt::format("{}: {}, message {}", fields.where(), name, chat.messages.size() + 1);
    JsonFields of_message(one, where);
    const std::string role = of_message.text("role");
    Json::Object message = *one.get<Json::Object>();
    for (const std::string& key : options.ignore_keys) take_out(message, key);
    bool learned = learn && role == "assistant";
    if (const Json weight = take_out(message, "weight"); !weight.is_null()) {
      if (weight != Json(0) && weight != Json(1)) of_message.refuse("weight", "0 or 1");
      learned = learned && weight == Json(1);
    }
    add(chat, std::move(message), learned);
  }
}

void add_turns(Chat& chat, JsonFields& fields, const std::string& name, const RecordOptions& options) {
  for (const Json& one : list_in(fields, name, "from and value")) {
    const std::string where = fmt::format("{}: {}, message {}", fields.where(), name, chat.messages.size() + 1);
    JsonFields turn(one, where);
    const std::string role = role_of(turn.text("from"));
    if (role == "function_call")
      fail("{}: calls of functions are read from messages with tool_calls, not from turns", where);
    Json::Object message = {{"role", role}, {"content", turn.text("value")}};
    for (const auto& [key, value] : *one.get<Json::Object>())
      if (key != "from" && key != "value" && !options.ignore_keys.contains(key)) message[key] = value;
    add(chat, std::move(message), role == "assistant");
  }
}

void put_first(Chat& chat, const std::string& role, const std::string& content) {
  chat.messages.insert(chat.messages.begin(), Json::Object{{"role", role}, {"content", content}});
  chat.learned.insert(chat.learned.begin(), false);
}

void add_variables(Chat& chat, JsonFields& fields, const RecordOptions& options) {
  const auto add_one = [&](const std::string& name, const Json& value) {
    if (name == "messages" || name == "add_generation_prompt")
      fields.refuse(name, "left out: the template gets it from the messages");
    chat.variables[name] = value;
  };
  if (const Json* more = fields.find("chat_template_kwargs")) {
    const auto* object = more->get<Json::Object>();
    if (!object) fields.refuse("chat_template_kwargs", "an object of variables of the chat template");
    for (const auto& [name, value] : *object) add_one(name, value);
  }
  for (const std::string& name : fields.unread())
    if (const Json* value = fields.find(name); value && !options.ignore_keys.contains(name)) add_one(name, *value);
}

std::unique_ptr<Record> chat_record(Chat chat) { return std::make_unique<ChatRecord>(std::move(chat)); }

}  // namespace adora
