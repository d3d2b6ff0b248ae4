#include "gguf_pre_tokenizer.h"

#include <algorithm>

#include "../../core/error.h"

namespace adora {
namespace {

// With other contractions and digits those of Llama 3 and Qwen2.
std::string words_and(const std::string& digits) {
  return R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|)" + digits +
         R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
}

const std::vector<GgufPreTokenizer>& pre_tokenizers() {
  static const std::vector<GgufPreTokenizer> all{
      {.names = {"gpt-2", "phi-2", "mpt", "olmo"}, .patterns = {gpt2_pattern}},
      // A text of a file that names none is cut four times.
      {.names = {"default"}, .patterns = {R"([\p{P}\$\+<=>\^~\|]+)", gpt2_pattern, R"(\p{N}+)", "[0-9][0-9][0-9]"}},
      {.names = {"smollm", "starcoder", "refact", "command-r"}, .patterns = {R"(\p{N})", gpt2_pattern}},
      {.names = {"llama-bpe", "llama3", "llama-v3"},
       .patterns = {words_and(R"(\p{N}{1,3})")},
       .adds_bos = true,
       .ignores_merges = true},
      {.names = {"dbrx", "smaug-bpe"}, .patterns = {words_and(R"(\p{N}{1,3})")}},
      {.names = {"qwen2", "deepseek-r1-qwen"}, .patterns = {words_and(R"(\p{N})")}, .composes = true},
  };
  return all;
}

}  // namespace

const GgufPreTokenizer* find_gguf_pre_tokenizer(const std::vector<std::string>& patterns, bool composes,
                                                bool ignores_merges) {
  for (const GgufPreTokenizer& one : pre_tokenizers())
    if (one.patterns == patterns && one.composes == composes && one.ignores_merges == ignores_merges) return &one;
  return nullptr;
}

const GgufPreTokenizer& gguf_pre_tokenizer(const std::string& name, const std::string& where) {
  std::string names;
  for (const GgufPreTokenizer& one : pre_tokenizers()) {
    if (std::find(one.names.begin(), one.names.end(), name) != one.names.end()) return one;
    for (const std::string& known : one.names) names += (names.empty() ? "" : ", ") + known;
  }
  fail("{}: tokenizer.ggml.pre must be one that is known: {}, not \"{}\"", where, names, shortened(name));
}

}  // namespace adora
