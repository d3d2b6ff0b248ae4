#include "document_record.h"

namespace adora {
namespace {

class DocumentRecord : public Record {
 public:
  explicit DocumentRecord(std::string text) : text_(std::move(text)) {}
  Passage passage(const Wording&) const override { return {.text = text_, .answers = {{0, text_.size()}}}; }

 private:
  std::string text_;
};

// Files of exercises have "text" too, which is the same once more.
bool fits(const Json::Object& object) { return object.contains("text") && !object.contains("instruction"); }

std::unique_ptr<Record> read(JsonFields& fields, const RecordOptions&) { return document_record(fields.text("text")); }

const RegisterRecordForm registered{{.shape = R"({"text": "..."})", .fits = fits, .read = read}};

}  // namespace

std::unique_ptr<Record> document_record(std::string text, std::string place) {
  auto record = std::make_unique<DocumentRecord>(std::move(text));
  record->place = std::move(place);
  return record;
}

}  // namespace adora
