// A talk with a model, message by message.
#include <fmt/core.h>
#include <unistd.h>

#include <iostream>

#include "../../autograd/grad_mode.h"
#include "../../core/utf8.h"
#include "../../nn/layers/quantize.h"
#include "../../nn/models/generation.h"
#include "../../nn/text/chat_template.h"
#include "../../nn/text/text_stream.h"
#include "../common/machine.h"
#include "../common/program.h"
#include "../common/sampling_options.h"
#include "../finetune/end_note.h"
#include "../finetune/named_adapters.h"

using namespace adora;

namespace {

using Ids = std::vector<std::int64_t>;

struct Settings {
  std::string model, system, adapter, quantize = "none";
  programs::SamplingOptions drawing{512};
  programs::Machine machine;
};

bool parse(const std::vector<std::string>& arguments, Settings& s) {
  programs::Options options("chat",
                            "talks with a language model: reads a message a line from standard input and writes each "
                            "answer as it comes; /reset forgets the talk, /exit ends it");
  options.text("--model", s.model, "DIR|FILE", "a Hugging Face folder or a GGUF file, with a chat template");
  options.text("--adapter", s.adapter, "DIR", "a PEFT adapter to put on it");
  options.text("--system", s.system, "TEXT", "the system message that a talk begins with");
  options.choice("--quantize", s.quantize, {"none", "nf4", "int8"},
                 "compute with the weights in the codes that a quantized fine-tuning had them in");
  s.drawing.add_options(options);
  s.machine.add_options(options);
  if (!options.parse(arguments)) return false;
  check(!s.model.empty(), "--model is missing; it names a folder or a file");
  return true;
}

void say(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

/// What has been said, and the model that answers.
class Talk {
 public:
  Talk(const Settings& s, const CausalLm& model, const Tokenizer& tokenizer, ChatTemplate chat)
      : s_(s),
        model_(model),
        tokenizer_(tokenizer),
        chat_(std::move(chat)),
        ends_(end_of_text(tokenizer)),
        generator_(static_cast<std::uint64_t>(s.drawing.seed)),
        limit_(model.config().max_position_embeddings),
        text_(model, limit_) {
    reset();
  }

  void reset() {
    messages_.clear();
    if (!s_.system.empty()) messages_.push_back(Json::Object{{"role", "system"}, {"content", s_.system}});
  }

  /// Writes the answer to a message. Where that is not possible the talk stays as it was.
  void answer(const std::string& message) {
    check(find_invalid_utf8(message) == message.npos, "the message is not UTF-8");
    Json::Array asked = messages_;
    asked.push_back(Json::Object{{"role", "user"}, {"content", message}});
    const Ids tokens = tokenizer_.encode(chat_.apply(Json(asked), {.add_generation_prompt = true}).text);
    check(!tokens.empty(), "{}: makes no token of the talk", chat_.where());
    check(static_cast<std::int64_t>(tokens.size()) < limit_,
          "the talk has {} tokens, and the model was made for {} (max_position_embeddings); /reset forgets it",
          tokens.size(), limit_);
    const std::string answer = write_answer(tokens);
    messages_ = std::move(asked);
    messages_.push_back(Json::Object{{"role", "assistant"}, {"content", answer}});
  }

 private:
  std::string write_answer(const Ids& tokens) {
    if (s_.drawing.max_new_tokens == 0) return say("\n"), "";
    TextStream stream(tokenizer_, {}, s_.drawing.stops);
    Tensor logits = text_.read(tokens);
    for (std::int64_t added = 1;; ++added) {
      const std::span<const std::int64_t> text = text_.tokens();
      const std::int64_t token = sample(logits, s_.drawing.sampling, generator_, {text}).front();
      if (ends_text(model_, ends_, token)) break;
      say(stream.add(token));
      const bool full = static_cast<std::int64_t>(text.size()) == limit_;
      if (stream.stopped() || full || added == s_.drawing.max_new_tokens) break;
      logits = text_.add(token);
    }
    say(stream.end() + "\n");
    return stream.text();
  }

  const Settings& s_;
  const CausalLm& model_;
  const Tokenizer& tokenizer_;
  const ChatTemplate chat_;
  const Ids ends_;
  Generator generator_;
  const std::int64_t limit_;
  GrowingText text_;
  Json::Array messages_;
};

int body(const std::vector<std::string>& arguments) {
  Settings s;
  if (!parse(arguments, s)) return 0;
  s.machine.apply();
  // What may be wrong is found before the weights are read.
  const auto source = finetune::open_model(s.model);
  ChatTemplate chat = source->chat_template();
  const Tokenizer& tokenizer = source->tokenizer();
  if (const std::string note = finetune::end_note(*source); !note.empty()) fmt::print(stderr, "{}\n", note);
  NoGrad no_grad;
  const auto model = source->load(s.machine.weights());
  if (const auto format = quantized_format(s.quantize)) quantize_linears(*model, *format);
  if (!s.adapter.empty()) finetune::load_adapters(*model, {{"", s.adapter}});
  model->eval();
  Talk talk(s, *model, tokenizer, std::move(chat));
  const bool terminal = isatty(STDIN_FILENO);
  std::int64_t number = 0;
  for (std::string line;;) {
    if (terminal) say("> ");
    if (!std::getline(std::cin, line)) break;
    ++number;
    if (line.ends_with('\r')) line.pop_back();
    if (line == "/exit") break;
    if (line == "/reset") talk.reset();
    if (line.empty() || line == "/reset") continue;
    try {
      talk.answer(line);
    } catch (const Error& error) {
      if (!terminal) fail("standard input, line {}: {}", number, error.what());
      fmt::print(stderr, "chat: {}\n", error.what());
    }
  }
  if (terminal) say("\n");
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return programs::run_program("chat", argc, argv, body); }
