// A prompt and what completes it, both texts or both messages.
#include "chat_records.h"

namespace adora {
namespace {

class Completion : public Record {
 public:
  Completion(std::string prompt, std::string completion)
      : prompt_(std::move(prompt)), completion_(std::move(completion)) {}

  Passage passage(const Wording&) const override {
    return {.text = prompt_ + completion_,
            .answers = {{prompt_.size(), prompt_.size() + completion_.size()}},
            .question = prompt_,
            .answers_alone = true};
  }

 private:
  std::string prompt_, completion_;
};

bool fits(const Json::Object& object) { return object.contains("prompt") && object.contains("completion"); }

std::unique_ptr<Record> read(JsonFields& fields, const RecordOptions& options) {
  const Json* prompt = fields.find("prompt");
  if (!prompt || !prompt->get<Json::Array>())
    return std::make_unique<Completion>(fields.text("prompt"), fields.text("completion"));
  Chat chat;
  add_messages(chat, fields, "prompt", false, options);
  add_messages(chat, fields, "completion", true, options);
  add_variables(chat, fields, options);
  return chat_record(std::move(chat));
}

const RegisterRecordForm registered{{.shape = R"({"prompt": "...", "completion": "..."})", .fits = fits, .read = read}};

}  // namespace
}  // namespace adora
