#pragma once
// Not in adora.h: the library's own.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "../io/json_fields.h"
#include "added_tokens.h"

namespace adora {

/// What the tokenizer_config.json beside a tokenizer says about tokens.
struct TokenizerConfig {
  std::string path;                     ///< for messages
  std::optional<std::string> bos, eos;  ///< texts of tokens
  std::optional<bool> add_bos;
  bool legacy = true, add_prefix_space = true;  ///< of SentencePiece models alone
  bool clean_up = false, clean_up_bpe = false;
  std::vector<std::string> special;  ///< texts of all special tokens that it names
  std::vector<AddedToken> added;     ///< those of added_tokens_decoder
};

/// That of a folder; without the file one that says nothing. What else it has is not about how texts become tokens.
/// Throws `Error` naming the file and the field.
TokenizerConfig read_tokenizer_config(const std::string& folder);

/// The same from its content; `path` is for messages.
TokenizerConfig tokenizer_config_of(const Json& content, const std::string& path);

/// An added token from its fields but for its number, which files have in different places.
AddedToken read_added_token(JsonFields& fields);

}  // namespace adora
