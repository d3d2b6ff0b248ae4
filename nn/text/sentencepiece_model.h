#pragma once
// Not in adora.h: the library's own.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "added_tokens.h"
#include "tokenizer.h"

namespace adora {

/// What kinds of tokens there are, numbered alike in SentencePiece models and GGUF files.
enum class PieceKind : std::int32_t { normal = 1, unknown, control, user_defined, unused, byte };

/// The tokens of a SentencePiece model that merges pairs by their scores (BPE), and how a text is prepared for it.
struct SentencePieces {
  struct Piece {
    std::string text;
    float score = 0;
    PieceKind kind = PieceKind::normal;
  };
  std::vector<Piece> pieces;
  bool adds_space = true;  ///< in front of a text
  std::optional<std::int64_t> unknown, bos, eos, padding;
};

/// The content of a tokenizer.model. Throws `Error` naming the file where it is damaged, or a model of another kind
/// (Unigram), or one that changes characters or blanks of a text.
SentencePieces read_sentencepieces(std::string_view bytes, const std::string& path);

/// And back: a tokenizer.model that the SentencePiece library reads.
std::string sentencepiece_bytes(const SentencePieces& model);

/// The content of a tokenizer.model so that no blank is put in front of texts.
std::string without_space_in_front(const std::string& bytes);

/// What stands beside a SentencePiece model and says how texts are handed to it.
struct SentencePieceSettings {
  bool adds_bos = true;  ///< whether bos() is the model's BOS
  /// Each part of a text between added tokens gets a blank in front, where the model puts one there; false: the text
  /// alone, and not in front of a token such as BOS (transformers' "legacy").
  bool every_part_begins_anew = true;
  bool adds_space = true;  ///< of the latter way: whether the text gets that blank
  /// Tokens that are looked for in a text, and how; the unknown token, BOS and EOS are found as well.
  std::vector<AddedToken> added = {};
  std::optional<std::string> bos = {}, eos = {};  ///< texts of those, where they are not the model's own
  std::vector<std::string> no_space_before = {};  ///< texts of further tokens that a text begins with as they are
};

/// What the tokenizer_config.json of a folder says (without one an added_tokens.json and a special_tokens_map.json), as
/// transformers' LlamaTokenizer reads them. Throws `Error` naming the file and the field.
SentencePieceSettings read_sentencepiece_settings(const std::string& folder);

/// The tokenizer of a tokenizer.model's content. `where` names it in messages.
std::unique_ptr<Tokenizer> sentencepiece_tokenizer(const std::string& bytes, const std::string& where,
                                                   const SentencePieceSettings& settings);

}  // namespace adora
