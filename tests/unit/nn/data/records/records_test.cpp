// The forms of records that files have, and what of one is asked and what is answered.
#include "../../../../../nn/data/records/record.h"

#include "../../../../../core/error.h"
#include "../../../../../nn/data/records/instruction.h"
#include "../../../../catch.h"
#include "../../../../files.h"

using namespace adora;
using adora::test::TemporaryFolder;

namespace {

// Messages between marks of their roles, as ChatML writes them; it also reads names, tools and a style.
constexpr const char* chatml = R"({% if tools %}<tools>{{ tools | tojson }}</tools>
{% endif %}{% for message in messages %}<|{{ message.role }}{{ ' ' + message.name if message.name else '' }}|>{{ message.content }}<end>
{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}{# style #})";

Wording with_template(const std::string& text) {
  return Wording({}, [text] { return ChatTemplate(text); });
}

// The passages of a file's records.
std::vector<Passage> passages(const std::string& content, const Wording& wording = with_template(chatml),
                              const std::string& name = "data.jsonl", const RecordOptions& options = {}) {
  TemporaryFolder folder;
  test::put(folder / name, content);
  std::vector<Passage> result;
  for (const auto& record : read_records(folder / name, options)) result.push_back(record->passage(wording));
  return result;
}

std::vector<std::string> answers(const Passage& passage) {
  std::vector<std::string> texts;
  for (const auto& [first, last] : passage.answers) texts.push_back(passage.text.substr(first, last - first));
  return texts;
}

using Texts = std::vector<std::string>;

std::string refusal(const std::string& content, const std::string& name = "data.jsonl") {
  return test::error_of([&] { passages(content, with_template(chatml), name); });
}

bool names(const std::string& error, const std::string& what) { return error.find(what) != std::string::npos; }

}  // namespace

TEST_CASE("thousands of damaged files of records are either read or refused with the file's name") {
  TemporaryFolder folder;
  const std::string one =
      R"({"instruction": "Is \u00e9 a letter?", "input": "", "output": "it is true", "answer": "true"})";
  const std::string chat = R"({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]})";
  const Wording wording = with_template(chatml);
  for (const std::string ending : {".json", ".jsonl", ".txt"}) {
    const std::string valid = ending == ".json" ? "[" + one + ",\n" + chat + "]" : one + "\n" + chat + "\n";
    test::put(folder / "valid" + ending, valid);
    CHECK(read_records(folder / "valid" + ending).size() == 2);
    std::size_t characters = 0;
    const int refused = test::read_damaged(valid, folder / "damaged" + ending, 2000, [&](const std::string& path) {
      for (const auto& record : read_records(path)) try {
          characters += record->passage(wording).text.size();
        } catch (const Error&) {
        }
    });
    CHECK(refused > 20);
    CHECK(refused < 2000);
    CHECK(characters > 0);
  }
}

TEST_CASE("an exercise asks by the prompt and answers with its output, and all of it is learned from") {
  const auto read = passages(R"({"instruction": "Add.", "input": "1 2", "output": "3", "answer": "3"})");
  CHECK(read[0].text == "### Instruction:\nAdd.\n\n### Input:\n1 2\n\n### Response:\n3");
  CHECK(answers(read[0]) == Texts{"3"});
  CHECK_FALSE(read[0].answers_alone);
  CHECK_FALSE(read[0].framed);
}

TEST_CASE("an exercise can be put as a chat of its instruction, its input and its output") {
  Wording wording = with_template(chatml);
  wording.put_exercises_as_chats();
  const auto read = passages(R"({"instruction": "Add.", "input": "1 2", "output": "3"})", wording);
  CHECK(read[0].text == "<|user|>Add.\n\n1 2<end>\n<|assistant|>3<end>\n");
  CHECK(answers(read[0]) == Texts{"3<end>\n"});
  CHECK(read[0].framed);
  const Prompt prompt = wording.prompt({.instruction = "Add.", .input = "1 2", .output = "", .answer = ""});
  CHECK(prompt.text == "<|user|>Add.\n\n1 2<end>\n<|assistant|>");
  CHECK(prompt.framed);
}

TEST_CASE("of a chat each turn of the assistant is an answer, with what ends it") {
  const auto read = passages(
      R"({"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes?"}, {"role": "user", "content": "Bye"}, {"role": "assistant", "content": "Bye."}]})");
  CHECK(
      read[0].text ==
      "<|system|>Be brief.<end>\n<|user|>Hi<end>\n<|assistant|>Yes?<end>\n<|user|>Bye<end>\n<|assistant|>Bye.<end>\n");
  CHECK(answers(read[0]) == Texts{"Yes?<end>\n", "Bye.<end>\n"});
  CHECK(read[0].answers_alone);
  CHECK(read[0].framed);
}

TEST_CASE("a message of the assistant with the weight 0 is read and not learned") {
  const auto read = passages(
      R"({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "weight": 0}, {"role": "user", "content": "c"}, {"role": "assistant", "content": "d", "weight": 1}]})");
  CHECK(answers(read[0]) == Texts{"d<end>\n"});
  CHECK(names(refusal(R"({"messages": [{"role": "assistant", "content": "b", "weight": 0.5}]})"),
              "weight must be 0 or 1"));
}

TEST_CASE("turns of ShareGPT's files are messages, with the words for roles that templates have") {
  const auto read = passages(
      R"({"system": "Be kind.", "conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}, {"from": "observation", "value": "42"}, {"from": "assistant", "value": "So."}]})");
  CHECK(read[0].text ==
        "<|system|>Be kind.<end>\n<|user|>Hi<end>\n<|assistant|>Hello<end>\n<|tool|>42<end>\n<|assistant|>So.<end>\n");
  CHECK(answers(read[0]) == Texts{"Hello<end>\n", "So.<end>\n"});
  const auto messages =
      passages(R"({"conversations": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]})");
  CHECK(answers(messages[0]) == Texts{"b<end>\n"});
}

TEST_CASE("a prompt and its completion are texts or messages, and the completion is what is learned") {
  const auto read = passages(
      R"({"prompt": "The sky is", "completion": " blue."})"
      "\n"
      R"({"prompt": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "completion": [{"role": "assistant", "content": "c"}]})");
  CHECK(read[0].text == "The sky is blue.");
  CHECK(answers(read[0]) == Texts{" blue."});
  CHECK(read[0].answers_alone);
  CHECK_FALSE(read[0].framed);
  CHECK(answers(read[1]) == Texts{"c<end>\n"});
}

TEST_CASE("a text is a document") {
  const auto read = passages(R"({"text": "Once."})");
  CHECK(read[0].text == "Once.");
  CHECK(answers(read[0]) == Texts{"Once."});
  CHECK_FALSE(read[0].answers_alone);
}

TEST_CASE("a list may stand in a .jsonl file and lines in a .json file") {
  CHECK(passages(" [{\"text\": \"a\"},\n {\"text\": \"b\"}]\n").size() == 2);
  CHECK(passages("{\"text\": \"a\"}\n\n{\"text\": \"b\"}\n", Wording(), "data.json").size() == 2);
  CHECK(names(refusal("{\n\"text\": \"a\"\n}", "data.json"), "a list of records is wanted, or records of a line each"));
}

TEST_CASE("what a template is given besides messages goes to it, and what it never asks for is refused by name") {
  const auto read = passages(R"({"messages": [{"role": "user", "name": "Bo", "content": "a"}], "tools": [{"z": 1, "a": 2}]})");
  CHECK(read[0].text == "<tools>[{\"z\": 1, \"a\": 2}]</tools>\n<|user Bo|>a<end>\n");
  CHECK(read[0].answers.empty());
  CHECK(passages(R"({"messages": [{"role": "user", "content": "a"}], "chat_template_kwargs": {"style": 1}})").size() ==
        1);
  CHECK(names(refusal(R"({"messages": [{"role": "user", "content": "a"}], "id": 7})"), "id is not read by"));
  CHECK(names(refusal(R"({"messages": [{"role": "user", "content": "a", "mood": "x"}]})"),
              "message 1: mood is not read"));
  CHECK(names(refusal(R"({"messages": [{"role": "user", "content": "a"}], "add_generation_prompt": true})"),
              "add_generation_prompt must be left out"));
  const RecordOptions ignoring{.ignore_keys = {"id", "mood"}};
  CHECK(passages(R"({"id": 7, "messages": [{"role": "user", "content": "a", "mood": "x"}]})", with_template(chatml),
                 "data.jsonl", ignoring)
            .size() == 1);
}

TEST_CASE("a key that no form knows is refused by name, with the forms there are") {
  CHECK(names(refusal(R"({"instruction": "a", "output": "b", "system": "c"})"), "line 1: system is not known"));
  CHECK(names(refusal(R"({"instruction": "a", "output": "b", "history": [["c", "d"]]})"), "history is not known"));
  CHECK(names(refusal(R"({"instruction": "a", "Input": "c", "output": "b"})"), "Input is not known"));
  CHECK(names(refusal(R"({"instruction": "a"})"), "output must be a text"));
  const std::string other = refusal(R"({"question": "a", "reply": "b"})");
  for (const char* part : {"question", "reply", "messages", "conversations", "completion", "instruction", "text"})
    CHECK(names(other, part));
  CHECK(names(refusal(R"({"prompt": "a", "completion": "b", "text": "c"})"), "could be"));
  CHECK(names(refusal("[1]"), "record 1: must be an object"));
  CHECK(names(refusal(R"({"messages": []})"), "messages must be a list"));
  CHECK(names(refusal(R"({"messages": ["a"]})"), "message 1: must be a JSON object"));
  CHECK(names(refusal(R"({"conversations": [{"from": "function_call", "value": "f"}]})"), "tool_calls"));
}

TEST_CASE("a chat needs a model with a chat template") {
  TemporaryFolder folder;
  test::put(folder / "data.jsonl", R"({"messages": [{"role": "user", "content": "a"}]})");
  const Records records = read_records(folder / "data.jsonl");
  CHECK_THROWS_AS(records[0]->passage(Wording()), Error);
}

// As Qwen 3 does with what a model thought before a later question.
TEST_CASE("answers are found where a template leaves earlier thoughts out") {
  const char* thinking =
      R"({% for m in messages %}<|{{ m.role }}|>{% if m.role == 'assistant' %}{% if loop.last %}<think>
</think>{% endif %}{% endif %}{{ m.content | trim }}<end>
{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %})";
  const auto read = passages(
      R"({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": " user "}, {"role": "user", "content": "c"}, {"role": "assistant", "content": "d"}]})",
      with_template(thinking));
  CHECK(read[0].text ==
        "<|user|>a<end>\n<|assistant|>user<end>\n<|user|>c<end>\n<|assistant|><think>\n</think>d<end>\n");
  CHECK(answers(read[0]) == Texts{"user<end>\n", "<think>\n</think>d<end>\n"});
}

// As DeepSeek R1's does.
TEST_CASE("what a template asks for an answer with may go on where the answer stands") {
  const char* opening =
      R"({% for m in messages %}<|{{ m.role }}|>{{ m.content }}<end>{% endfor %}{% if add_generation_prompt %}<|assistant|><think>{% endif %})";
  const auto read =
      passages(R"({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]})",
               with_template(opening));
  CHECK(answers(read[0]) == Texts{"b<end>"});
}

TEST_CASE("a template that writes an answer in two places is refused, with the message's number") {
  const char* twice =
      R"({% for m in messages %}{{ m.content }}{% endfor %}{% for m in messages %}{{ m.content }}{% endfor %}{# role #})";
  const std::string error = test::error_of([&] {
    passages(
        R"({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]})",
        with_template(twice));
  });
  CHECK(names(error, "message 2: "));
  CHECK(names(error, "{% generation %}"));
}

TEST_CASE("a template's own marks of answers go before what is found") {
  const char* marking =
      R"({% for m in messages %}<|{{ m.role }}|>{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}<end>{% endfor %})";
  const auto read = passages(
      R"({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "weight": 0}, {"role": "assistant", "content": "c"}]})",
      with_template(marking));
  CHECK(answers(read[0]) == Texts{"c"});
}

TEST_CASE("a list of records may have more values than one JSON text") {
  std::string text = "[0";
  for (int i = 1; i < 4200000; ++i) text += ",0";
  text += ']';
  std::size_t values = 0;
  parse_json_list(text, "here", [&](const Json&) { ++values; });
  CHECK(values == 4200000);
  CHECK_THROWS_AS(Json::parse(text, "here"), Error);
}

TEST_CASE("a list's values come one after the other, whole") {
  Json::Array values;
  parse_json_list(R"([1, "a", null, [1, [2]], {"b": {"c": []}}, []])", "here",
                  [&](Json one) { values.push_back(std::move(one)); });
  CHECK(Json(values) == Json::parse(R"([1, "a", null, [1, [2]], {"b": {"c": []}}, []])", "there"));
  CHECK(names(test::error_of([] { parse_json_list("{}", "here", [](const Json&) {}); }), "here: must be a list"));
  CHECK(names(test::error_of([] { parse_json_list("3", "here", [](const Json&) {}); }), "here: must be a list"));
  CHECK(names(test::error_of([] { parse_json_list("[1", "here", [](const Json&) {}); }), "here"));
}
