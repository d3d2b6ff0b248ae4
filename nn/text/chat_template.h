#pragma once
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../io/json.h"
#include "jinja/value.h"

namespace adora {

/// A chat as the text that a model reads.
struct ChatText {
  std::string text;
  /// Bytes [first, second) of the text that a model said, where the template marks them with {% generation %}.
  std::vector<std::pair<std::size_t, std::size_t>> generation = {};
};

struct ChatOptions {
  bool add_generation_prompt = false;   ///< ends with what stands in front of an answer
  Json tools = {};                      ///< null: none
  std::optional<std::time_t> now = {};  ///< what templates take for the present; none: the present
};

/// A model's chat template: the text of a list of messages, as transformers' apply_chat_template makes it.
class ChatTemplate {
 public:
  /// The template of a model's GGUF file: its key tokenizer.chat_template (tokenizer.chat_template.tool_use for chats
  /// with tools), with the texts of its tokens bos, eos, unknown and padding. Or of a folder: `chat_template.jinja`,
  /// else `chat_template` of tokenizer_config.json (a text, or a list of named ones, of which "default" is taken, and
  /// "tool_use" for chats with tools), else that of chat_template.json. Its special tokens are those of
  /// tokenizer_config.json and special_tokens_map.json. Throws `Error` listing where it looked where there is none, or
  /// naming file and line for one that can't be read.
  /// `file`: a template's text in place of the model's, whose special tokens it gets.
  static ChatTemplate load(const std::string& model, const std::string& file = {});
  /// A template's text. `special_tokens` ("bos_token" and the like) and others are variables of it by name.
  explicit ChatTemplate(const std::string& source, Json variables = {}, const std::string& where = "the chat template");
  ChatTemplate(ChatTemplate&&) noexcept;
  ChatTemplate& operator=(ChatTemplate&&) noexcept;
  ~ChatTemplate();

  /// Messages: a list of objects such as {"role": "user", "content": "hi"}, all of whose keys the template gets. Throws
  /// `Error` naming the template and its line, also where the template itself refuses the chat.
  ChatText apply(const Json& messages, const ChatOptions& options = {}) const;
  /// The same of values that keep the order of their names, which Json does not, with variables besides: `messages`,
  /// `add_generation_prompt`, `tools` and what else the template reads.
  ChatText apply(const jinja::Mapping& variables, std::optional<std::time_t> now = {}) const;

  /// Whether that name stands in it, as of a variable or of a message's key.
  bool reads(const std::string& name) const;
  /// Whether it marks what the model said.
  bool marks_generation() const;
  /// The file, and the template's name in it where it has one; for messages.
  const std::string& where() const;

 private:
  struct Parts;
  static std::unique_ptr<Parts> parts_of(const std::string& source, const std::string& where);
  static ChatTemplate of_gguf(const std::string& path, const std::string& file);
  explicit ChatTemplate(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

/// For a line of JSON `{"messages": [...], "add_generation_prompt": true, ...}` the chat's text as a line of JSON. All
/// names are variables of the template. Errors about the line begin with `where`.
std::string chat_line(const ChatTemplate& chat, std::string_view line, const std::string& where);

}  // namespace adora
