#include "instruction.h"

#include "../../../core/error.h"
#include "chat.h"

namespace adora {
namespace {

class Exercise : public Record {
 public:
  explicit Exercise(InstructionRecord record) : record_(std::move(record)) { place = record_.place; }

  Passage passage(const Wording& wording) const override {
    if (wording.exercises_are_chats()) {
      Passage passage = chat_passage(chat_of(record_), wording.chat());
      passage.answers_alone = false;
      return passage;
    }
    const std::string prompt = wording.prompt(record_).text;
    return {.text = prompt + record_.output,
            .answers = {{prompt.size(), prompt.size() + record_.output.size()}},
            .question = record_.input.empty() ? record_.instruction : record_.instruction + "\n" + record_.input};
  }

 private:
  InstructionRecord record_;
};

bool fits(const Json::Object& object) { return object.contains("instruction"); }

std::unique_ptr<Record> read(JsonFields& fields, const RecordOptions&) {
  return std::make_unique<Exercise>(read_instruction(fields));
}

const RegisterRecordForm registered{
    {.shape = R"({"instruction": "...", "input": "...", "output": "...", "answer": "..."})",
     .fits = fits,
     .read = read}};

}  // namespace

Records records_of(const std::vector<InstructionRecord>& exercises) {
  Records records;
  for (const InstructionRecord& exercise : exercises) records.push_back(std::make_unique<Exercise>(exercise));
  return records;
}

InstructionRecord read_instruction(JsonFields& fields) {
  InstructionRecord record;
  record.instruction = fields.text("instruction");
  record.input = fields.text("input", "");
  record.output = fields.text("output");
  record.answer = fields.text("answer", "");
  return record;
}

}  // namespace adora
