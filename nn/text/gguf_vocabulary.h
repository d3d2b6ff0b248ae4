#pragma once
// Not in adora.h: the library's own.
#include <optional>
#include <string>
#include <vector>

#include "../io/gguf.h"
#include "sentencepiece_model.h"

namespace adora {

/// The tokens of a GGUF file, read and checked.
struct GgufVocabulary {
  /// Throws `Error` naming the file and the key.
  explicit GgufVocabulary(const GgufReader& file);

  std::string text(const std::string& key, const std::string& otherwise = "") const;
  bool boolean(const std::string& key, bool otherwise) const;
  std::vector<std::string> texts(const std::string& key) const;
  [[noreturn]] void refuse(const std::string& key, const std::string& must) const;
  const std::string& token(std::int64_t id) const { return pieces.pieces[static_cast<std::size_t>(id)].text; }
  PieceKind kind(std::int64_t id) const { return pieces.pieces[static_cast<std::size_t>(id)].kind; }

  const GgufReader& file;
  std::string model;      ///< tokenizer.ggml.model: "gpt2" or "llama"
  std::string pre;        ///< tokenizer.ggml.pre, of "gpt2"
  SentencePieces pieces;  ///< scores are 0 where there are none
  bool adds_bos = false, adds_eos = false;

 private:
  std::optional<std::int64_t> id(const std::string& name) const;
};

}  // namespace adora
