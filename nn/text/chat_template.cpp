#include "chat_template.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>

#include "../../core/error.h"
#include "../../core/listed.h"
#include "../io/file.h"
#include "../io/gguf.h"
#include "../io/json_file.h"
#include "gguf_tokenizer.h"
#include "jinja/template.h"

namespace adora {
namespace {

namespace fs = std::filesystem;
using jinja::Mapping;
using jinja::Value;

constexpr std::uint64_t longest_file = std::uint64_t{64} << 20;

/// Where reasoning is found in a message; templates read the first name, some the second.
constexpr std::string_view reasoning_names[] = {"reasoning_content", "thinking", "reasoning"};

/// A message as transformers hands it on: without what is null, and its reasoning under every name that is read.
Value handed_on(const Value& message, std::size_t number) {
  check(message.mapping() != nullptr, "message {} is no object, but a {}", number, message.type());
  const Value* reasoning = nullptr;
  for (const std::string_view name : reasoning_names)
    if (const Value* found = message.mapping()->named(name); found && !found->is_none() && !reasoning)
      reasoning = found;
  Mapping result;
  if (reasoning) result.set("thinking", *reasoning);
  for (const auto& [name, value] : message.mapping()->entries())
    if (!value.is_none()) result.set(name, value);
  if (reasoning) result.set("reasoning_content", *reasoning);
  return result;
}

Value handed_on(const Value* messages) {
  check(messages != nullptr, "messages are missing");
  check(messages->sequence() != nullptr, "messages must be a list of objects with role and content, not a {}",
        messages->type());
  jinja::Sequence all;
  for (const Value& one : messages->sequence()->elements)
    all.elements.push_back(handed_on(one, all.elements.size() + 1));
  return all;
}

/// A template's text, and what messages call it.
struct Found {
  std::string text, where;
};

/// What a folder has, by name; "" where it has no name.
struct Sources {
  std::map<std::string, Found> by_name;
  std::vector<std::string> looked;
};

void read_field(Sources& sources, const Json& json, const std::string& file) {
  const auto* fields = json.get<Json::Object>();
  check(fields != nullptr, "{}: must be a JSON object", file);
  const auto at = fields->find("chat_template");
  if (at == fields->end() || at->second.is_null()) return;
  if (const auto* text = at->second.get<std::string>()) {
    sources.by_name[""] = {*text, file + ": chat_template"};
    return;
  }
  const auto* list = at->second.get<Json::Array>();
  check(list != nullptr, "{}: chat_template must be a text, or a list of objects with name and template", file);
  for (const Json& one : *list) {
    const auto* named = one.get<Json::Object>();
    const auto field = [&](const char* name) -> const std::string& {
      const auto found = named ? named->find(name) : Json::Object::const_iterator();
      const auto* text = named && found != named->end() ? found->second.get<std::string>() : nullptr;
      check(text != nullptr, "{}: each template of chat_template must have a text called {}", file, name);
      return *text;
    };
    sources.by_name[field("name")] = {field("template"), file + ": chat_template \"" + field("name") + "\""};
  }
}

Sources find_sources(const fs::path& folder) {
  Sources sources;
  const std::string jinja = (folder / "chat_template.jinja").string();
  if (file_exists(jinja)) sources.by_name[""] = {read_file(jinja, longest_file), jinja};
  else sources.looked.emplace_back("no file chat_template.jinja");
  for (const char* name : {"tokenizer_config.json", "chat_template.json"}) {
    if (!sources.by_name.empty()) break;
    const std::string file = (folder / name).string();
    const bool there = file_exists(file);
    if (there) read_field(sources, read_json_file(file, longest_file), file);
    sources.looked.push_back(there ? fmt::format("no chat_template in {}", name) : fmt::format("no file {}", name));
  }
  return sources;
}

/// The texts of special tokens, "bos_token" and the like; those that are there already stay.
void add_special_tokens(Mapping& variables, const Json& json, const std::string& file) {
  const auto* fields = json.get<Json::Object>();
  check(fields != nullptr, "{}: must be a JSON object", file);
  for (const auto& [key, value] : *fields) {
    if (!key.ends_with("_token") || variables.named(key)) continue;
    const auto* object = value.get<Json::Object>();
    const auto content = object ? object->find("content") : Json::Object::const_iterator();
    const Json& text = object && content != object->end() ? content->second : value;
    // add_bos_token and its like are settings, and no tokens.
    if (text.get<std::string>()) variables.set(key, *text.get<std::string>());
  }
}

/// From the files that have them; the first has precedence.
void add_special_tokens(Mapping& variables, const fs::path& folder) {
  for (const char* name : {"tokenizer_config.json", "special_tokens_map.json"}) {
    const std::string file = (folder / name).string();
    if (!file_exists(file)) continue;
    add_special_tokens(variables, read_json_file(file, longest_file), file);
  }
}

}  // namespace

struct ChatTemplate::Parts {
  jinja::Template usual;
  std::optional<jinja::Template> with_tools;
  Mapping variables;
  std::string where;
  bool marks_generation;
  std::string sources;  ///< the texts of all

  void add_with_tools(const std::string& text, const std::string& from) {
    with_tools.emplace(text, from);
    sources += text;
  }
};

ChatTemplate::ChatTemplate(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ChatTemplate::ChatTemplate(ChatTemplate&&) noexcept = default;
ChatTemplate& ChatTemplate::operator=(ChatTemplate&&) noexcept = default;
ChatTemplate::~ChatTemplate() = default;

namespace {

/// A tag of that name, with a sign at its front or without.
bool has_generation(const std::string& source) {
  for (std::size_t at = 0; (at = source.find("generation", at)) != source.npos; ++at) {
    std::string_view before = std::string_view(source).substr(0, at);
    while (before.ends_with(' ') || before.ends_with('\n') || before.ends_with('\t')) before.remove_suffix(1);
    if (before.ends_with('-') || before.ends_with('+')) before.remove_suffix(1);
    if (before.ends_with("{%")) return true;
  }
  return false;
}

}  // namespace

std::unique_ptr<ChatTemplate::Parts> ChatTemplate::parts_of(const std::string& source, const std::string& where) {
  return std::make_unique<Parts>(Parts{jinja::Template(source, where), {}, {}, where, has_generation(source), source});
}

ChatTemplate::ChatTemplate(const std::string& source, Json variables, const std::string& where) {
  const Value given = jinja::value_of(variables);
  check(variables.is_null() || given.mapping(), "ChatTemplate: variables must be an object");
  parts_ = parts_of(source, where);
  if (given.mapping()) parts_->variables = *given.mapping();
}

ChatTemplate ChatTemplate::of_gguf(const std::string& path, const std::string& file) {
  const GgufReader model(path);
  const std::string key = "tokenizer.chat_template", tool_key = key + ".tool_use";
  check(!file.empty() || model.has(key),
        "{}: has no chat template: no key {}. A model that was not trained on chats has none; a template can be put "
        "as chat_template.jinja into a folder that merge --to folder writes",
        path, key);
  const auto text_of = [&](const std::string& name) {
    const Json value = model.value(name);
    const auto* text = value.get<std::string>();
    check(text != nullptr, "{}: {} must be a text", path, name);
    return *text;
  };
  auto parts = file.empty() ? parts_of(text_of(key), path + ": " + key) : parts_of(read_file(file, longest_file), file);
  if (file.empty() && model.has(tool_key)) parts->add_with_tools(text_of(tool_key), path + ": " + tool_key);
  if (model.has("tokenizer.ggml.model")) add_special_tokens(parts->variables, gguf_tokenizer_config(model), path);
  return ChatTemplate(std::move(parts));
}

ChatTemplate ChatTemplate::load(const std::string& folder, const std::string& file) {
  if (is_gguf(folder)) return of_gguf(folder, file);
  check(is_folder(folder), "{}: there is no such folder", folder);
  if (!file.empty()) {
    auto parts = parts_of(read_file(file, longest_file), file);
    add_special_tokens(parts->variables, folder);
    return ChatTemplate(std::move(parts));
  }
  const Sources sources = find_sources(folder);
  const auto& all = sources.by_name;
  check(!all.empty(),
        "{}: has no chat template: {}. A model that was not trained on chats has none; a template can be put "
        "into the folder as chat_template.jinja",
        folder, fmt::format("{}", listed(sources.looked)));
  const auto usual = all.contains("") ? all.find("") : all.find("default");
  if (usual == all.end()) {
    std::vector<std::string> names;
    for (const auto& [name, found] : all) names.push_back(name);
    fail("{}: none of its chat templates is called default; they are {}", folder, listed(names));
  }
  const auto [text, where] = usual->second;
  auto parts = parts_of(text, where);
  if (const auto tools = all.find("tool_use"); tools != all.end())
    parts->add_with_tools(tools->second.text, tools->second.where);
  add_special_tokens(parts->variables, folder);
  return ChatTemplate(std::move(parts));
}

ChatText ChatTemplate::apply(const jinja::Mapping& variables, std::optional<std::time_t> now) const {
  Mapping given;
  // What transformers always gives.
  for (const char* name : {"messages", "tools", "documents"}) given.set(name, {});
  given.set("add_generation_prompt", false);
  for (const auto& [name, value] : parts_->variables.entries()) given.set(name, value);
  for (const auto& [name, value] : variables.entries()) given.set(name, value);
  given.set("messages", handed_on(variables.named("messages")));
  const bool with_tools = parts_->with_tools && !given.named("tools")->is_none();
  jinja::Rendered rendered = (with_tools ? *parts_->with_tools : parts_->usual).render(given, now);
  if (rendered.generation_is_hidden) rendered.generation.clear();
  return {std::move(rendered.text), std::move(rendered.generation)};
}

ChatText ChatTemplate::apply(const Json& messages, const ChatOptions& options) const {
  Mapping variables;
  variables.set("messages", jinja::value_of(messages));
  variables.set("tools", jinja::value_of(options.tools));
  variables.set("add_generation_prompt", options.add_generation_prompt);
  return apply(variables, options.now);
}

bool ChatTemplate::reads(const std::string& name) const {
  const auto is_in_word = [&](std::size_t at) {
    const unsigned char c = at < parts_->sources.size() ? parts_->sources[at] : ' ';
    return std::isalnum(c) || c == '_';
  };
  const auto stands_in = [&](std::string_view word) {
    for (std::size_t at = 0; (at = parts_->sources.find(word, at)) != std::string::npos; ++at)
      if (!(at > 0 && is_in_word(at - 1)) && !is_in_word(at + word.size())) return true;
    return false;
  };
  // A message's reasoning is given under all of its names.
  const bool reasoning =
      std::find(std::begin(reasoning_names), std::end(reasoning_names), name) != std::end(reasoning_names);
  return stands_in(name) || (reasoning && (stands_in("thinking") || stands_in("reasoning_content")));
}

bool ChatTemplate::marks_generation() const { return parts_->marks_generation; }
const std::string& ChatTemplate::where() const { return parts_->where; }

std::string chat_line(const ChatTemplate& chat, std::string_view line, const std::string& where) {
  const Value given = jinja::parse_value(line, where);
  check(given.mapping() != nullptr, "{}: must be an object with messages, not a {}", where, given.type());
  try {
    return Json(chat.apply(*given.mapping()).text).dump(-1);
  } catch (const Error& error) {
    fail("{}: {}", where, error.what());
  }
}

}  // namespace adora
