// How well a model predicts a text, or the documents that it would be trained on.
#include <fmt/core.h>

#include <cmath>
#include <filesystem>

#include "../../core/utf8.h"
#include "../../nn/finite.h"
#include "../../nn/io/file.h"
#include "../../nn/io/json.h"
#include "../../nn/layers/quantize.h"
#include "../../nn/train/document_loss.h"
#include "../../nn/train/perplexity.h"
#include "../../nn/train/progress.h"
#include "../common/machine.h"
#include "../common/program.h"
#include "../finetune/model_source.h"
#include "../finetune/named_adapters.h"
#include "../finetune/wording.h"

using namespace adora;

namespace {

constexpr std::uint64_t largest_file = std::uint64_t{1} << 30;
constexpr std::int64_t documents_at_a_time = 4;

struct Settings {
  std::string model, adapter, data, prompt_template, chat_template, quantize = "none";
  std::optional<std::int64_t> context, stride, cutoff_len;
  std::optional<bool> train_on_inputs;
  bool json = false;
  programs::Machine machine;

  bool is_text() const { return std::filesystem::path(data).extension() == ".txt"; }
};

bool parse(const std::vector<std::string>& arguments, Settings& s) {
  programs::Options options("perplexity", "measures how well a language model predicts a text or documents");
  options.text("--model", s.model, "DIR|FILE|tiny",
               "a Hugging Face folder, a GGUF file, or the built-in tiny transformer");
  options.text("--adapter", s.adapter, "DIR", "a PEFT adapter to put on it");
  options.choice("--quantize", s.quantize, {"none", "nf4", "int8"},
                 "compute with the weights in the codes that a quantized fine-tuning had them in");
  options.text(
      "--data", s.data, "FILE",
      "a .txt, which is one text with all its lines; or a .json or .jsonl of documents as finetune reads them");
  options.integer("--context", s.context, {.low = 2, .high = 1 << 20},
                  "of a text: read windows of so many tokens (default: what the model was made for, at most 1024)");
  options.integer("--stride", s.stride, {.low = 1, .high = 1 << 20},
                  "of a text: let each window begin so many tokens after the one before; each token counts once "
                  "(default: half of --context)");
  options.text("--prompt-template", s.prompt_template, "FILE|chat", "of documents: as finetune's");
  options.text("--chat-template", s.chat_template, "FILE", "of documents: as finetune's");
  options.integer("--cutoff-len", s.cutoff_len, {.low = 2, .high = 1 << 24},
                  "of documents: leave out tokens beyond so many (default: none)");
  options.boolean("--train-on-inputs", s.train_on_inputs,
                  "of documents: whether what is no answer counts as well, as finetune's");
  options.flag("--json", s.json, "print an object with tokens, nats_per_token and perplexity");
  s.machine.add_options(options);
  if (!options.parse(arguments)) return false;
  check(!s.model.empty(), "--model is missing; it names a folder, a file, or tiny");
  check(!s.data.empty(), "--data is missing; it names a file");
  check(file_exists(s.data), "--data {}: there is no such file", s.data);
  for (const char* name : {"--context", "--stride"})
    check(s.is_text() || !options.given(name), "{}: is about a .txt file", name);
  for (const char* name : {"--prompt-template", "--chat-template", "--cutoff-len", "--train-on-inputs"})
    check(!s.is_text() || !options.given(name), "{}: is about documents in a .json or .jsonl file", name);
  return true;
}

/// How a text is cut into windows.
struct Windows {
  std::int64_t context, stride;
};

Windows windows_of(const Settings& s, const CausalLmConfig& config) {
  const std::int64_t limit = config.max_position_embeddings;
  const std::int64_t context = s.context.value_or(std::min<std::int64_t>(1024, limit));
  check(context >= 2 && (context <= limit || !config.learned_positions),
        "--context {}: the model has positions for {} tokens", context, limit);
  const std::int64_t stride = s.stride.value_or(std::max<std::int64_t>(1, context / 2));
  check(stride < context, "--stride {}: must be below --context, which is {}: each token needs one before it", stride,
        context);
  return {context, stride};
}

std::vector<std::int64_t> tokens_of_text(const std::string& path, const Tokenizer& tokenizer) {
  const std::string text = read_file(path, largest_file);
  check(find_invalid_utf8(text) == text.npos, "{}: is not UTF-8 at byte {}", path, find_invalid_utf8(text));
  const std::vector<std::int64_t> tokens = prompt_tokens(tokenizer, text);
  check(tokens.size() > 1, "{}: has no token that another could predict", path);
  return tokens;
}

/// The documents that finetune would train on.
Documents documents_of(const Settings& s, const finetune::ModelSource& source) {
  const Wording wording = finetune::wording_of(s.prompt_template, s.chat_template, source);
  DocumentOptions options{.train_on_inputs = s.train_on_inputs, .source = s.data};
  options.cutoff_len = static_cast<std::size_t>(s.cutoff_len.value_or(1 << 24));
  Documents documents = make_documents(read_records(s.data), source.tokenizer(), wording, options);
  check(!documents.list.empty(), "{}: no document has a token to predict", s.data);
  return documents;
}

std::unique_ptr<CausalLm> load(const Settings& s, const finetune::ModelSource& source) {
  auto model = source.load(s.machine.weights());
  if (const auto format = quantized_format(s.quantize)) quantize_linears(*model, *format);
  if (!s.adapter.empty()) finetune::load_adapters(*model, {{"", s.adapter}});
  return model;
}

PredictionLoss measure(const Settings& s, const finetune::ModelSource& source) {
  if (s.is_text()) {
    const Windows windows = windows_of(s, source.config());
    const auto tokens = tokens_of_text(s.data, source.tokenizer());
    const auto model = load(s, source);
    Progress progress("tokens", static_cast<std::int64_t>(tokens.size()) - 1);
    return windowed_loss(*model, tokens, windows.context, windows.stride,
                         [&](std::int64_t done) { progress.update(done); });
  }
  const Documents documents = documents_of(s, source);
  const auto model = load(s, source);
  PredictionLoss loss;
  for (const Document& document : documents.list) loss.tokens += count_targets(document);
  loss.sum = document_loss(*model, documents.list, documents_at_a_time) * static_cast<double>(loss.tokens);
  return loss;
}

int body(const std::vector<std::string>& arguments) {
  Settings s;
  if (!parse(arguments, s)) return 0;
  s.machine.apply();
  const auto source = finetune::open_model(s.model);
  const PredictionLoss loss = measure(s, *source);
  check(std::isfinite(loss.sum), "--model {}: gives no finite loss; the weights may be damaged", s.model);
  if (s.json) {
    // No number of JSON's says infinity.
    const Json perplexity = std::isfinite(loss.perplexity()) ? Json(loss.perplexity()) : Json();
    fmt::print("{}\n",
               Json(Json::Object{{"tokens", loss.tokens}, {"nats_per_token", loss.mean()}, {"perplexity", perplexity}})
                   .dump(-1));
  } else {
    fmt::print("tokens          {}\nnats per token  {:.6f}\nperplexity      {:.4f}\n", loss.tokens, loss.mean(),
               loss.perplexity());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return programs::run_program("perplexity", argc, argv, body); }
