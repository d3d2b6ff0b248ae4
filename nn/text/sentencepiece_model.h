#pragma once
// Not in adora.h: the library's own.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

/// The tokenizer of a tokenizer.model's content. `where` names it in messages; `adds_bos`: whether bos() is its BOS.
std::unique_ptr<Tokenizer> sentencepiece_tokenizer(const std::string& bytes, const std::string& where, bool adds_bos);

}  // namespace adora
