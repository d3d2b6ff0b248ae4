#pragma once
// Not in adora.h: the library's own.
#include <string>
#include <vector>

#include "../io/json.h"

namespace adora {

/// What tokenizer.ggml.pre names: how llama.cpp cuts a text before it merges bytes. Those there are stand in one table.
struct GgufPreTokenizer {
  std::vector<std::string> names;
  /// The pattern that cuts the text; the one after it cuts the parts of the one before.
  std::vector<std::string> patterns;
  bool adds_bos = false;        ///< where tokenizer.ggml.add_bos_token doesn't say it
  bool ignores_merges = false;  ///< a part that is a token is taken whole
  bool composes = false;        ///< the text is brought to Unicode's form C first
};

/// GPT-2's: contractions, words, numbers, other characters, blanks.
inline const std::string gpt2_pattern = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

/// The one that does just this; null where none is known.
const GgufPreTokenizer* find_gguf_pre_tokenizer(const std::vector<std::string>& patterns, bool composes,
                                                bool ignores_merges);

/// Throws `Error` beginning with `where` and listing the names there are.
const GgufPreTokenizer& gguf_pre_tokenizer(const std::string& name, const std::string& where);

}  // namespace adora
