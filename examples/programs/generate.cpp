// Text from a model, with or without an adapter.
#include <fmt/core.h>

#include "../../autograd/grad_mode.h"
#include "../../nn/adapters/model_adapters.h"
#include "../../nn/finite.h"
#include "../../nn/io/safetensors.h"
#include "../../nn/layers/quantize.h"
#include "../../nn/models/generation.h"
#include "../../nn/text/chat_template.h"
#include "../../nn/text/text_stream.h"
#include "../../ops/creation.h"
#include "../../ops/view.h"
#include "../common/machine.h"
#include "../common/program.h"
#include "../common/sampling_options.h"
#include "../finetune/end_note.h"
#include "../finetune/named_adapters.h"

using namespace adora;

namespace {

using Ids = std::vector<std::int64_t>;

struct Settings {
  std::string model, prompt, quantize = "none";
  std::vector<std::string> adapter_values;
  std::vector<finetune::NamedAdapter> adapters;
  Ids tokens;
  programs::SamplingOptions drawing{64};
  bool merge = false, chat = false, print_tokens = false;
  std::string logits;
  programs::Machine machine;

  /// Whether there are answers of several, each under a name.
  bool compares() const { return !adapters.empty() && !adapters.front().name.empty(); }
};

bool parse(const std::vector<std::string>& arguments, Settings& s) {
  programs::Options options("generate", "continues a text with a language model");
  options.text("--model", s.model, "DIR|FILE|tiny",
               "a Hugging Face folder, a GGUF file, or the built-in tiny transformer");
  options.texts(
      "--adapter", s.adapter_values, "DIR",
      "a PEFT adapter to put on it; or NAME=DIR, several times: the text without any and with each is printed "
      "under a line ## NAME");
  options.choice("--quantize", s.quantize, {"none", "nf4", "int8"},
                 "compute with the weights in the codes that a quantized fine-tuning had them in");
  options.flag("--merge", s.merge, "fold the adapter into the weights first");
  options.text("--prompt", s.prompt, "TEXT", "what to continue; BOS is put in front where the model has one", true);
  options.flag("--chat", s.chat,
               "make a user's message of the prompt by the model's chat template, and print the answer alone");
  options.integers("--tokens", s.tokens, programs::at_least(0),
                   "what to continue as token numbers, BOS included where it is wanted");
  s.drawing.add_options(options);
  options.flag("--print-tokens", s.print_tokens,
               "print token numbers on one line, the prompt's included, and not the text");
  options.text("--logits", s.logits, "FILE",
               "write a safetensors file: tokens I64 [T] and logits F32 [T, vocabulary], a row for every token");
  s.machine.add_options(options);
  if (!options.parse(arguments)) return false;
  check(!s.model.empty(), "--model is missing; it names a folder, a file, or tiny");
  check(options.given("--prompt") != options.given("--tokens"), "one of --prompt and --tokens is needed, and not both");
  check(!s.chat || options.given("--prompt"), "--chat: is about a --prompt");
  s.adapters = finetune::named_adapters(s.adapter_values);
  check(!s.merge || s.quantize == "none", "--merge: an adapter can't be folded into the weights of --quantize {}",
        s.quantize);
  check(!s.merge || !s.adapters.empty(), "--merge: there is no --adapter to fold in");
  check(!s.merge || !s.compares(), "--merge: is for one adapter without a name");
  check(s.logits.empty() || !s.compares(), "--logits: is for one text, and each named --adapter makes another");
  return true;
}

Ids prompt_of(const Settings& s, const finetune::ModelSource& source) {
  const Tokenizer& tokenizer = source.tokenizer();
  if (!s.chat) return prompt_tokens(tokenizer, s.prompt);
  const Json messages = Json::Array{Json::Object{{"role", "user"}, {"content", s.prompt}}};
  // The template puts BOS where it belongs.
  return tokenizer.encode(source.chat_template().apply(messages, {.add_generation_prompt = true}).text);
}

Ids tokens_asked_for(const Settings& s, const finetune::ModelSource& source) {
  if (s.tokens.empty()) {
    source.tokenizer();  // its errors are about no prompt
    try {
      return prompt_of(s, source);
    } catch (const Error& error) {
      fail("{}: {}", s.chat ? "--chat" : "--prompt", error.what());
    }
  }
  for (const std::int64_t token : s.tokens)
    check(token < source.config().vocab_size, "--tokens {}: there is no such token; the last one is {}", token,
          source.config().vocab_size - 1);
  return s.tokens;
}

// Null where there is none and none is needed; otherwise all work would be in vain without it.
const Tokenizer* tokenizer_for(const Settings& s, const finetune::ModelSource& source) {
  const bool bare = s.print_tokens && !s.tokens.empty() && s.drawing.stops.empty();
  try {
    return &source.tokenizer();
  } catch (const Error&) {
    if (!bare) throw;
    return nullptr;
  }
}

// A line for standard error where the text is longer than what the model was made for.
std::string too_long(std::size_t tokens, const CausalLmConfig& config) {
  if (static_cast<std::int64_t>(tokens) <= config.max_position_embeddings) return "";
  return fmt::format("note: the text has {} tokens; the model was made for {} (max_position_embeddings)\n", tokens,
                     config.max_position_embeddings);
}

// The tokens of the text, and itself where it has one.
struct Answer {
  Ids tokens;
  std::string text;
};

Answer answer(const Settings& s, const CausalLm& model, const Tokenizer* tokenizer, const Ids& prompt) {
  Generator generator(static_cast<std::uint64_t>(s.drawing.seed));
  GenerateOptions options{.max_new_tokens = s.drawing.max_new_tokens, .sampling = s.drawing.sampling};
  if (!tokenizer) return {generate(model, {prompt}, options, generator).front(), ""};
  options.ends = end_of_text(*tokenizer);
  TextStream stream(*tokenizer, prompt, s.drawing.stops);
  options.goes_on = [&](std::size_t, std::int64_t token) {
    stream.add(token);
    return !stream.stopped();
  };
  Ids tokens = generate(model, {prompt}, options, generator).front();
  stream.end();
  return {std::move(tokens), s.chat ? stream.text() : stream.whole()};
}

void write_logits(const std::string& file, const CausalLm& model, const Ids& tokens) {
  const auto count = static_cast<std::int64_t>(tokens.size());
  const Tensor logits = to(model.logits(tensor(tokens, {1, count})), float32);
  const StateDict rows{{"tokens", tensor(tokens, {count})}, {"logits", select(logits, 0, 0)}};
  check_finite(rows, "--logits");
  write_safetensors(file, rows);
}

void print(const Settings& s, const Answer& one) {
  if (!s.print_tokens) {
    fmt::print("{}\n", one.text);
    return;
  }
  for (std::size_t i = 0; i < one.tokens.size(); ++i) fmt::print("{}{}", i ? " " : "", one.tokens[i]);
  fmt::print("\n");
}

int body(const std::vector<std::string>& arguments) {
  Settings s;
  if (!parse(arguments, s)) return 0;
  s.machine.apply();
  const auto source = finetune::open_model(s.model);
  const Ids prompt = tokens_asked_for(s, *source);
  const Tokenizer* tokenizer = tokenizer_for(s, *source);
  if (tokenizer)
    if (const std::string note = finetune::end_note(*source); !note.empty()) fmt::print(stderr, "{}\n", note);
  NoGrad no_grad;
  const auto model = source->load(s.machine.weights());
  if (const auto format = quantized_format(s.quantize)) quantize_linears(*model, *format);
  finetune::load_adapters(*model, s.adapters);
  if (s.merge) merge_adapters(*model);
  model->eval();
  std::size_t longest = 0;
  const auto answer_under = [&](const std::string& name) {
    if (!name.empty()) fmt::print("## {}\n", name);
    const Answer one = answer(s, *model, tokenizer, prompt);
    if (!s.logits.empty()) write_logits(s.logits, *model, one.tokens);
    print(s, one);
    longest = std::max(longest, one.tokens.size());
  };
  if (s.compares()) {
    activate_adapters(*model, {});
    answer_under("no adapter");
    for (const finetune::NamedAdapter& one : s.adapters) {
      activate_adapters(*model, {one.name});
      answer_under(one.name);
    }
  } else {
    answer_under("");
  }
  fmt::print(stderr, "{}", too_long(longest, source->config()));
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return programs::run_program("generate", argc, argv, body); }
