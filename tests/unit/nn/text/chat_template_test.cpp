// Chat templates of model folders, against the texts that transformers makes.
#include "../../../../nn/text/chat_template.h"

#include "../../../../nn/io/gguf_writer.h"
#include "../../../../nn/io/json_file.h"
#include "../../../files.h"

using namespace adora;
using namespace adora::test;

namespace {

const std::string tokenizers = ADORA_SOURCE_ROOT "/../shared/reference/families/tokenizers/";

const Json chat =
    Json::parse(R"([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "2+2?"}])", "");

ChatTemplate from(const TemporaryFolder& folder) { return ChatTemplate::load(folder.path()); }

}  // namespace

TEST_CASE("reference folders' templates make the text that transformers makes") {
  int compared = 0;
  std::error_code none;
  for (std::filesystem::directory_iterator at(tokenizers, none), end; !none && at != end; at.increment(none)) {
    const std::string cases = (at->path() / "chat.json").string();
    if (!std::filesystem::exists(cases)) continue;
    const ChatTemplate made = ChatTemplate::load(at->path().string());
    const Json json = read_json_file(cases);
    for (const Json& one : *json.get<Json::Array>()) {
      const auto& fields = *one.get<Json::Object>();
      ChatOptions options;
      options.add_generation_prompt = *fields.at("add_generation_prompt").get<bool>();
      CHECK(made.apply(fields.at("messages"), options).text == *fields.at("text").get<std::string>());
      CHECK(chat_line(made, one.dump(-1), "line 1") == fields.at("text").dump(-1));
      ++compared;
    }
  }
  if (compared == 0) WARN("there are no reference tokenizers beside the source");
}

TEST_CASE("a folder's template is looked for in three files, in the order of transformers") {
  TemporaryFolder folder;
  CHECK(error_of([&] { from(folder); })
            .starts_with(folder.path() +
                         ": has no chat template: no file chat_template.jinja, no file tokenizer_config.json, no file "
                         "chat_template.json."));
  put(folder / "chat_template.json", R"({"chat_template": "json {{ messages[1].content }}"})");
  CHECK(from(folder).apply(chat).text == "json 2+2?");
  put(folder / "tokenizer_config.json", R"({"chat_template": null, "bos_token": "<s>"})");
  CHECK(from(folder).apply(chat).text == "json 2+2?");
  put(folder / "tokenizer_config.json",
      R"({"chat_template": "config {{ bos_token }}{{ eos_token }}{{ unk_token }}{{ add_bos_token }}",
      "bos_token": "<s>", "eos_token": {"content": "</s>", "lstrip": false}, "unk_token": null, "add_bos_token": true})");
  CHECK(from(folder).apply(chat).text == "config <s></s>");
  put(folder / "special_tokens_map.json", R"({"bos_token": "other", "unk_token": {"content": "<unk>"}})");
  CHECK(from(folder).apply(chat).text == "config <s></s><unk>");
  put(folder / "chat_template.jinja", "jinja {{ messages | length }}\n");
  CHECK(from(folder).apply(chat).text == "jinja 2");
}

TEST_CASE("of several named templates the default is taken, and that for tools where there are some") {
  TemporaryFolder folder;
  put(folder / "tokenizer_config.json",
      R"({"chat_template": [{"name": "default", "template": "d"}, {"name": "tool_use", "template": "{{ tools[0].name }}"}]})");
  CHECK(from(folder).apply(chat).text == "d");
  CHECK(from(folder).apply(chat, {.tools = Json::parse(R"([{"name": "f"}])", "")}).text == "f");
  put(folder / "tokenizer_config.json", R"({"chat_template": [{"name": "rag", "template": "d"}]})");
  CHECK_THAT(error_of([&] { from(folder); }),
             ContainsSubstring("none of its chat templates is called default; they are rag"));
  put(folder / "tokenizer_config.json", R"({"chat_template": [{"name": "rag"}]})");
  CHECK_THAT(error_of([&] { from(folder); }), ContainsSubstring("must have a text called template"));
  put(folder / "tokenizer_config.json", R"({"chat_template": 3})");
  CHECK_THAT(error_of([&] { from(folder); }), ContainsSubstring("tokenizer_config.json: chat_template must be a text"));
}

TEST_CASE("a GGUF file has a template, and the texts of its special tokens") {
  TemporaryFolder folder;
  const auto write = [&](const std::map<std::string, std::string>& templates) {
    GgufWriter writer;
    writer.text("tokenizer.ggml.model", "gpt2");
    writer.text("tokenizer.ggml.pre", "gpt-2");
    writer.texts("tokenizer.ggml.tokens", {"<s>", "a", "<e>"});
    writer.i32s("tokenizer.ggml.token_type", {3, 1, 3});
    writer.texts("tokenizer.ggml.merges", {});
    writer.u32("tokenizer.ggml.bos_token_id", 0);
    writer.u32("tokenizer.ggml.eos_token_id", 2);
    for (const auto& [key, text] : templates) writer.text(key, text);
    writer.write(folder / "x.gguf");
    return folder / "x.gguf";
  };
  const Json chat = Json::Array{Json::Object{{"role", "user"}, {"content", "hi"}}};
  const std::string usual =
      "{{ bos_token }}{% for m in messages %}{{ m.content }}{{ eos_token }}{% endfor %}"
      "{% if add_generation_prompt %}:{% endif %}";
  const auto loaded = ChatTemplate::load(
      write({{"tokenizer.chat_template", usual}, {"tokenizer.chat_template.tool_use", "tools: {{ tools }}"}}));
  CHECK(loaded.apply(chat, {.add_generation_prompt = true}).text == "<s>hi<e>:");
  CHECK(loaded.apply(chat, {.tools = Json::Array{"t"}}).text == "tools: ['t']");
  const std::string without = write({});
  CHECK_THAT(error_of([&] { ChatTemplate::load(without); }),
             ContainsSubstring(without) && ContainsSubstring("tokenizer.chat_template"));
  const std::string damaged = write({{"tokenizer.chat_template", "{% if %}"}});
  CHECK_THAT(error_of([&] { ChatTemplate::load(damaged); }), ContainsSubstring(damaged + ": tokenizer.chat_template"));
}

TEST_CASE("a message's keys reach the template, without those that are null") {
  const ChatTemplate made(
      "{% for m in messages %}{{ m | tojson }}{% endfor %}{{ tools }}{{ add_generation_prompt }}{{ thinking }}");
  CHECK(chat_line(made, R"({"messages": [{"role": "user", "z": [1], "a": null, "content": "x"}], "thinking": true})",
                  "line 1") == R"("{\"role\": \"user\", \"z\": [1], \"content\": \"x\"}NoneFalseTrue")");
  // As transformers 5.24 hands on reasoning, under the names that templates read.
  CHECK(
      chat_line(made, R"({"messages": [{"role": "assistant", "reasoning": "hm"}]})", "line 1") ==
      R"("{\"thinking\": \"hm\", \"role\": \"assistant\", \"reasoning\": \"hm\", \"reasoning_content\": \"hm\"}NoneFalse")");
}

TEST_CASE("errors of chats name the line, and those of templates the template") {
  const ChatTemplate made("\n{{ raise_exception('No ' + messages[0].role) }}", {}, "some.jinja");
  CHECK(error_of([&] { chat_line(made, R"({"messages": [{"role": "tool"}]})", "line 7"); }) ==
        "line 7: some.jinja: line 2: the template refuses this chat: No tool");
  CHECK(error_of([&] { chat_line(made, "{}", "line 7"); }) == "line 7: messages are missing");
  CHECK(error_of([&] { chat_line(made, R"({"messages": [3]})", "line 7"); }) ==
        "line 7: message 1 is no object, but a int");
  CHECK(error_of([&] { chat_line(made, "[", "line 7"); }).starts_with("line 7: not valid JSON"));
  CHECK_THAT(error_of([&] { ChatTemplate::load("/nowhere"); }), ContainsSubstring("there is no such folder"));
}
