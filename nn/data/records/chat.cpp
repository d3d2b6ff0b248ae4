#include "chat.h"

#include <algorithm>

#include "../../../core/error.h"
#include "../../text/jinja/value.h"
#include "instruction.h"

namespace adora {
namespace {

/// The texts of one chat and of its beginnings.
class Rendering {
 public:
  Rendering(const Chat& chat, const ChatTemplate& chat_template) : template_(chat_template), messages_(chat.messages) {
    for (const auto& [name, value] : chat.variables) variables_.set(name, jinja::value_of(value));
  }

  std::size_t size() const { return messages_.size(); }
  ChatText whole() const { return render(messages_, false); }
  /// Of the first messages, with what stands in front of an answer where one is to come.
  std::string beginning(std::size_t count, bool answer) const {
    return render({messages_.begin(), messages_.begin() + static_cast<std::ptrdiff_t>(count)}, answer).text;
  }
  /// Of the first messages, one of them with another content.
  std::string with_content(std::size_t message, std::size_t count, const std::string& content) const {
    Json::Array changed(messages_.begin(), messages_.begin() + static_cast<std::ptrdiff_t>(count));
    Json::Object object = *changed[message].get<Json::Object>();
    object["content"] = content;
    changed[message] = std::move(object);
    return render(std::move(changed), false).text;
  }

 private:
  ChatText render(Json::Array messages, bool answer) const {
    jinja::Mapping variables = variables_;
    variables.set("messages", jinja::value_of(std::move(messages)));
    variables.set("add_generation_prompt", answer);
    return template_.apply(variables);
  }

  const ChatTemplate& template_;
  const Json::Array& messages_;
  jinja::Mapping variables_;
};

bool is_answer(const Json& message) {
  const Json::Object& fields = *message.get<Json::Object>();
  const auto role = fields.find("role");
  return role != fields.end() && role->second == Json("assistant");
}

std::size_t common_prefix(std::string_view a, std::string_view b) {
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

using Span = std::pair<std::size_t, std::size_t>;

/// The answer between two beginnings of the chat: without it, where one is to come, and with it. None where the
/// template writes either otherwise than in the whole.
std::optional<Span> between_beginnings(const Rendering& chat, const std::string& whole, std::size_t message) try {
  const std::string before = chat.beginning(message, false), asked = chat.beginning(message, true),
                    through = chat.beginning(message + 1, false);
  if (!whole.starts_with(before) || !whole.starts_with(through)) return {};
  // What a template puts in front of an answer may go on in the answer's place, as where it opens a thought.
  const std::size_t start = common_prefix(whole, asked);
  if (start < before.size() || start >= through.size()) return {};
  return Span(start, through.size());
} catch (const Error&) {
  return {};  // some templates take no chat without messages, or one that ends in any role
}

/// The answer where another content in its place changes the whole, with what ends it where it is the last message.
Span where_content_matters(const Rendering& chat, const std::string& whole, std::size_t message,
                           const std::string& where) {
  const std::string marker = "\uE000\uE001\uE000";
  const std::string last = chat.with_content(message, message + 1, marker);
  const std::string marked = chat.with_content(message, chat.size(), marker);
  const std::size_t in_last = last.find(marker), start = marked.find(marker);
  if (in_last != last.npos && start != marked.npos) {
    const std::string_view ending = std::string_view(last).substr(in_last + marker.size());
    const std::string_view after = std::string_view(marked).substr(start + marker.size());
    // The rest is the same on both sides: the content stands in this place alone.
    if (whole.size() >= start + after.size() && whole.starts_with(std::string_view(marked).substr(0, start)) &&
        whole.ends_with(after) && after.starts_with(ending))
      return {start, whole.size() - after.size() + ending.size()};
  }
  fail(
      "message {}: {} writes it otherwise in a longer chat, so that it can't be told where the answer stands; a "
      "template "
      "that marks answers with {{% generation %}} says it",
      message + 1, where);
}

/// An error for the keys that a template is given and never asks for: they would change nothing.
void check_keys(const Chat& chat, const ChatTemplate& chat_template) {
  const auto unread = [&](const std::string& name) { return !chat_template.reads(name); };
  for (const auto& [name, value] : chat.variables)
    check(value.is_null() || !unread(name), "{} is not read by {}; {}", shortened(name), chat_template.where(),
          keys_to_ignore);
  std::size_t number = 0;
  for (const Json& message : chat.messages) {
    ++number;
    for (const auto& [name, value] : *message.get<Json::Object>())
      check(value.is_null() || !unread(name), "message {}: {} is not read by {}; {}", number, shortened(name),
            chat_template.where(), keys_to_ignore);
  }
}

/// Those that the template marks, one for each answer.
std::vector<Span> marked_answers(const Chat& chat, const ChatText& whole, const std::string& where) {
  std::size_t answers = 0;
  for (const Json& message : chat.messages) {
    answers += is_answer(message);
  }
  // Several marks in a message, or in a macro, where they are not seen: which are of which is not known.
  check(whole.generation.size() == answers,
        "{} marks {} answers with {{% generation %}}, but there are {} messages of the assistant", where,
        whole.generation.size(), answers);
  return whole.generation;
}

/// The message before the last one to be learned.
std::string question_of(const Chat& chat) {
  for (std::size_t i = chat.messages.size(); i-- > 1;) {
    if (!chat.learned[i]) continue;
    const Json::Object& before = *chat.messages[i - 1].get<Json::Object>();
    const auto content = before.find("content");
    const auto* text = content != before.end() ? content->second.get<std::string>() : nullptr;
    return text ? *text : "";
  }
  return "";
}

}  // namespace

Passage chat_passage(const Chat& chat, const ChatTemplate& chat_template) {
  const Json::Array& messages = chat.messages;
  check(!messages.empty(), "there are no messages");
  check_keys(chat, chat_template);
  const Rendering rendering(chat, chat_template);
  ChatText whole = rendering.whole();
  Passage passage{.text = std::move(whole.text), .question = question_of(chat), .answers_alone = true, .framed = true};
  if (chat_template.marks_generation()) {
    const std::vector<Span> answers = marked_answers(chat, whole, chat_template.where());
    std::size_t next = 0;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      if (!is_answer(messages[i])) continue;
      if (chat.learned[i]) passage.answers.push_back(answers[next]);
      ++next;
    }
    return passage;
  }
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (!chat.learned[i]) continue;
    const auto answer = between_beginnings(rendering, passage.text, i);
    passage.answers.push_back(answer ? *answer
                                     : where_content_matters(rendering, passage.text, i, chat_template.where()));
  }
  return passage;
}

Chat chat_of(const InstructionRecord& record, bool with_response) {
  const std::string question = record.input.empty() ? record.instruction : record.instruction + "\n\n" + record.input;
  Json::Array messages = {Json::Object{{"role", "user"}, {"content", question}}};
  if (with_response) messages.push_back(Json::Object{{"role", "assistant"}, {"content", record.output}});
  return {.messages = std::move(messages), .learned = {false, true}, .variables = {}};
}

}  // namespace adora
