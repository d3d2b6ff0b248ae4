// Files of exercises, the prompt made of one, and the answer read out of a response.
#include "../../../../nn/data/records.h"

#include "../../../../nn/data/answers.h"
#include "../../../../nn/data/prompt_template.h"
#include "../../../catch.h"
#include "../../../files.h"

using namespace adora;
using adora::test::TemporaryFolder;

TEST_CASE("thousands of damaged files of exercises are either read or refused with the file's name") {
  TemporaryFolder folder;
  const std::string one =
      R"({"instruction": "Is \u00e9 a letter?", "input": "", "output": "it is true", "answer": "true"})";
  for (const std::string ending : {".json", ".jsonl", ".txt"}) {
    const std::string valid = ending == ".json" ? "[" + one + ",\n" + one + "]" : one + "\n" + one + "\n";
    test::put(folder / "valid" + ending, valid);
    CHECK(read_records(folder / "valid" + ending).size() == 2);
    std::size_t characters = 0;
    const int refused = test::read_damaged(valid, folder / "damaged" + ending, 2000, [&](const std::string& path) {
      for (const InstructionRecord& record : read_records(path))
        characters += record.instruction.size() + record.output.size();
    });
    CHECK(refused > 20);
    CHECK(refused < 2000);
    CHECK(characters > 0);
  }
}

TEST_CASE("a template's gaps are filled once, whatever stands in what fills them") {
  TemporaryFolder folder;
  test::put(folder / "template", "{input}{instruction}|{in} {instruction}{");
  const auto prompt = PromptTemplate::from_file(folder / "template");
  const InstructionRecord record{
      .instruction = "say {input}", .input = std::string("{instruction}\0x", 15), .output = "", .answer = ""};
  CHECK(prompt.prompt(record) == record.input + "say {input}|{in} say {input}{");
  test::put(folder / "template", "nothing to fill");
  CHECK_THROWS_AS(PromptTemplate::from_file(folder / "template"), Error);
}

TEST_CASE("without a template an exercise is put in sections, the input's only where there is one") {
  InstructionRecord record{.instruction = "Add.", .input = "", .output = "3", .answer = ""};
  CHECK(PromptTemplate().prompt(record) == "### Instruction:\nAdd.\n\n### Response:\n");
  record.input = "1 2";
  CHECK(PromptTemplate().prompt(record) == "### Instruction:\nAdd.\n\n### Input:\n1 2\n\n### Response:\n");
}

TEST_CASE("the first answer word of the kind is read, in upper and lower case, and no other word") {
  CHECK(first_answer("true", "the correct answer is False, not true") == "false");
  CHECK(first_answer("true", "it depends") == "");
  CHECK(first_answer("answer", "the correct answer is Answer3. answer1") == "answer3");
  CHECK(first_answer("solution", "answer1") == "");
  CHECK(first_answer("ending", "ending") == "");
  CHECK(answer_kind("option2", "here") == "option");
  CHECK(answer_kind("false", "here") == "true");
  CHECK_THROWS_AS(answer_kind("option", "here"), Error);
  CHECK_THROWS_AS(answer_kind("", "here"), Error);
}
