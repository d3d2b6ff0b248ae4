#pragma once
// Not in adora.h: the library's own.
#include <array>
#include <string>

#include "byte_trie.h"
#include "token_model.h"

namespace adora {

/// The tokens of a word whose scores (log probabilities) have the largest sum (Kudo 2018), found by Viterbi's
/// algorithm.
class Unigram final : public TokenModel {
 public:
  explicit Unigram(JsonFields& fields);
  const Vocabulary& vocabulary() const override { return vocabulary_; }
  /// Throws `Error` for a character that no token has where there is no token for what is unknown.
  void encode(std::string_view word, std::vector<std::int64_t>& ids) const override;

 private:
  void add_unknown(std::string_view text, std::vector<std::int64_t>& ids) const;
  [[noreturn]] void refuse_unknown(std::string_view text) const;

  std::string where_;
  Vocabulary vocabulary_;
  std::vector<double> scores_;
  ByteTrie trie_;
  std::array<std::int64_t, 256> bytes_;  // <0x00> to <0xFF>, or -1
  double unknown_score_ = 0;
  std::optional<std::int64_t> unknown_;
  bool byte_fallback_ = false;
};

}  // namespace adora
