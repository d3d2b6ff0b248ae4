#pragma once
// Not in adora.h: the library's own.
#include <array>
#include <string>

#include "merges.h"
#include "token_model.h"

namespace adora {

/// Byte-pair encoding (Sennrich et al. 2016): a word's characters, of which pairs become one token, the pair of the
/// lowest rank first and of these the leftmost.
class Bpe final : public TokenModel {
 public:
  explicit Bpe(JsonFields& fields);

  const Vocabulary& vocabulary() const override { return vocabulary_; }
  void encode(std::string_view word, std::vector<std::int64_t>& ids) const override;
  /// Cut between two characters that stand together in no token: nothing is merged over them.
  std::size_t first_piece(std::string_view word) const override;
  bool cleans_up() const override { return false; }

 private:
  void read_merges(JsonFields& fields);
  void note_pairs(std::string_view text);
  /// The tokens that a word begins with before any are merged.
  void first_tokens(std::string_view word, std::vector<std::int32_t>& ids) const;
  std::int32_t character(std::string_view text, std::uint32_t value) const;

  Vocabulary vocabulary_;
  std::array<std::int32_t, 512> characters_;  // the tokens of the first characters, or -1
  std::array<std::int32_t, 256> bytes_;       // <0x00> to <0xFF>, or -1
  MergeTable merges_;
  std::vector<bool> together_;  // whether a token may have two characters together, by their hash
  std::int32_t unknown_ = -1;
  bool fuse_unknown_ = false, byte_fallback_ = false, ignore_merges_ = false;
};

}  // namespace adora
