// Text from a model, with or without an adapter.
#include <fmt/core.h>

#include "../../autograd/grad_mode.h"
#include "../../nn/adapters/model_adapters.h"
#include "../../nn/adapters/peft_folder.h"
#include "../../nn/finite.h"
#include "../../nn/io/safetensors.h"
#include "../../nn/layers/quantize.h"
#include "../../nn/models/generation.h"
#include "../../ops/creation.h"
#include "../../ops/view.h"
#include "../common/machine.h"
#include "../common/program.h"
#include "../finetune/model_source.h"

using namespace adora;

namespace {

struct Settings {
  std::string model, adapter, prompt, quantize = "none";
  std::vector<std::int64_t> tokens;
  std::int64_t max_new_tokens = 64;
  Sampling sampling;
  std::int64_t seed = 0;
  bool merge = false, print_tokens = false;
  std::string logits;
  programs::Machine machine;
};

bool parse(const std::vector<std::string>& arguments, Settings& s) {
  programs::Options options("generate", "continues a text with a language model");
  options.text("--model", s.model, "DIR|FILE|tiny",
               "a Hugging Face folder, a GGUF file, or the built-in tiny transformer");
  options.text("--adapter", s.adapter, "DIR", "a PEFT adapter to put on it");
  options.choice("--quantize", s.quantize, {"none", "nf4", "int8"},
                 "compute with the weights in the codes that a quantized fine-tuning had them in");
  options.flag("--merge", s.merge, "fold the adapter into the weights first");
  options.text("--prompt", s.prompt, "TEXT", "what to continue; BOS is put in front where the model has one", true);
  options.integers("--tokens", s.tokens, programs::at_least(0),
                   "what to continue as token numbers, BOS included where it is wanted");
  options.integer("--max-new-tokens", s.max_new_tokens, {.low = 0, .high = 1 << 20},
                  "the most tokens to add; EOS ends the text too");
  options.number("--temperature", s.sampling.temperature, programs::at_least(0),
                 "logits are divided by it; 0: the likeliest token");
  options.integer("--top-k", s.sampling.top_k, programs::at_least(1),
                  "draw from the k likeliest tokens (default: all)");
  options.number("--top-p", s.sampling.top_p, {.low = 0, .high = 1, .low_open = true},
                 "draw from the likeliest tokens that together have this probability");
  options.integer("--seed", s.seed, programs::at_least(0), "of what is drawn");
  options.flag("--print-tokens", s.print_tokens,
               "print token numbers on one line, the prompt's included, and not the text");
  options.text("--logits", s.logits, "FILE",
               "write a safetensors file: tokens I64 [T] and logits F32 [T, vocabulary], a row for every token");
  s.machine.add_options(options);
  if (!options.parse(arguments)) return false;
  check(!s.model.empty(), "--model is missing; it names a folder, a file, or tiny");
  check(options.given("--prompt") != options.given("--tokens"), "one of --prompt and --tokens is needed, and not both");
  check(!s.merge || s.quantize == "none", "--merge: an adapter can't be folded into the weights of --quantize {}",
        s.quantize);
  check(!s.merge || !s.adapter.empty(), "--merge: there is no --adapter to fold in");
  return true;
}

std::vector<std::int64_t> tokens_asked_for(const Settings& s, const finetune::ModelSource& source) {
  std::vector<std::int64_t> tokens;
  if (s.tokens.empty()) {
    const Tokenizer& tokenizer = source.tokenizer();
    try {
      tokens = prompt_tokens(tokenizer, s.prompt);
    } catch (const Error& error) {
      fail("--prompt: {}", error.what());
    }
  }
  for (const std::int64_t token : s.tokens) {
    check(token < source.config().vocab_size, "--tokens {}: there is no such token; the last one is {}", token,
          source.config().vocab_size - 1);
    tokens.push_back(token);
  }
  return tokens;
}

// A line for standard error where the text is longer than what the model was made for.
std::string too_long(std::size_t tokens, const CausalLmConfig& config) {
  if (static_cast<std::int64_t>(tokens) <= config.max_position_embeddings) return "";
  return fmt::format("note: the text has {} tokens; the model was made for {} (max_position_embeddings)\n", tokens,
                     config.max_position_embeddings);
}

int body(const std::vector<std::string>& arguments) {
  Settings s;
  if (!parse(arguments, s)) return 0;
  s.machine.apply();
  const auto source = finetune::open_model(s.model);
  std::vector<std::int64_t> tokens = tokens_asked_for(s, *source);
  if (!s.print_tokens) source->tokenizer();  // without one the work would be in vain
  NoGrad no_grad;
  const auto model = source->load(s.machine.weights());
  if (const auto format = quantized_format(s.quantize)) quantize_linears(*model, *format);
  if (!s.adapter.empty()) load_adapter(*model, s.adapter);
  if (s.merge) merge_adapters(*model);
  model->eval();
  Generator generator(static_cast<std::uint64_t>(s.seed));
  tokens = generate(*model, {tokens}, s.max_new_tokens, s.sampling, generator).front();
  if (!s.logits.empty()) {
    const auto count = static_cast<std::int64_t>(tokens.size());
    const Tensor logits = to(model->logits(tensor(tokens, {1, count})), float32);
    const StateDict rows{{"tokens", tensor(tokens, {count})}, {"logits", select(logits, 0, 0)}};
    check_finite(rows, "--logits");
    write_safetensors(s.logits, rows);
  }
  if (s.print_tokens) {
    for (std::size_t i = 0; i < tokens.size(); ++i) fmt::print("{}{}", i ? " " : "", tokens[i]);
    fmt::print("\n");
  } else {
    fmt::print("{}\n", source->tokenizer().decode(tokens));
  }
  fmt::print(stderr, "{}", too_long(tokens.size(), source->config()));
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return programs::run_program("generate", argc, argv, body); }
