// The prompt made of an exercise, and the answer read out of a response.
#include "../../../../../nn/data/records/evaluation_tasks.h"

#include "../../../../../nn/data/answers.h"
#include "../../../../catch.h"
#include "../../../../files.h"

using namespace adora;
using adora::test::TemporaryFolder;

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

TEST_CASE("a template with a text for either sort gives an exercise without an input the short one") {
  TemporaryFolder folder;
  const std::string path = folder / "alpaca.json";
  test::put(path, R"({"description": "two prompts", "prompt_input": "Do {instruction} with {input}:",
                      "prompt_no_input": "Do {instruction}:", "response_split": ":"})");
  const auto prompt = PromptTemplate::from_file(path);
  CHECK(prompt.prompt({.instruction = "add", .input = "1 2", .output = "3", .answer = ""}) == "Do add with 1 2:");
  CHECK(prompt.prompt({.instruction = "sing", .input = "", .output = "la", .answer = ""}) == "Do sing:");
  CHECK_FALSE(prompt.leaves_gaps());
  test::put(path, R"({"prompt_input": "{instruction} {input}", "prompt_no_input": "{instruction} {input}"})");
  CHECK(test::error_of([&] { PromptTemplate::from_file(path); }).find("prompt_no_input") != std::string::npos);
  test::put(path, R"({"prompt_input": "{instruction} {input}", "prompt_no_input": "{instruction}", "more": "x"})");
  CHECK(test::error_of([&] { PromptTemplate::from_file(path); }).find("more is not known") != std::string::npos);
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
