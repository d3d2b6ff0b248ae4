#pragma once
#include <map>
#include <string>

#include "tokenizer.h"

namespace adora {

/// Its file in a model's folder.
inline constexpr const char* vocabulary_file = "vocabulary.txt";

/// One token a word: text is split at white space, and a section's marker ("### Response:") is one word. Tokens 0, 1
/// and 2 are padding, BOS and EOS.
class WordTokenizer final : public Tokenizer {
 public:
  /// `name` stands for it in messages.
  explicit WordTokenizer(std::vector<std::string> words, std::string name = "the model's vocabulary");
  /// The content of its file: one word a line.
  std::string text() const;

  std::vector<std::int64_t> encode(std::string_view text) const override;
  std::string decode(const std::vector<std::int64_t>& tokens) const override;
  std::int64_t size() const override { return static_cast<std::int64_t>(words_.size()); }
  std::optional<std::int64_t> bos() const override { return begin; }
  std::optional<std::int64_t> eos() const override { return end; }

 private:
  static constexpr std::int64_t begin = 1, end = 2;
  std::vector<std::string> words_;
  std::string name_;
  std::map<std::string, std::int64_t, std::less<>> ids_;
};

}  // namespace adora
