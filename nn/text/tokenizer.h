#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace adora {

/// Text to token numbers and back.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  /// The text's tokens, without BOS and EOS. Throws `Error` where the text is not UTF-8.
  virtual std::vector<std::int64_t> encode(std::string_view text) const = 0;
  /// The text of tokens; BOS, EOS and padding are left out. Throws `Error` for a number that is no token's.
  virtual std::string decode(const std::vector<std::int64_t>& tokens) const = 0;

  virtual std::int64_t size() const = 0;
  virtual std::int64_t bos() const = 0;
  virtual std::int64_t eos() const = 0;

  /// The tokenizer in a model's folder, or that file itself: a SentencePiece model (`tokenizer.model`), or the words of
  /// one token each (`vocabulary.txt`). Of several the first by name. Throws `Error` naming the file where it is
  /// damaged, or has more tokens than `vocab_size` (0: any number).
  static std::unique_ptr<Tokenizer> load(const std::string& path, std::int64_t vocab_size = 0);
};

}  // namespace adora
