#pragma once
#include <cstdint>
#include <memory>
#include <optional>
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

  /// The same with those written out, by the texts that they have in the vocabulary, where the form has such texts.
  virtual std::string decode_with_special_tokens(const std::vector<std::int64_t>& tokens) const {
    return decode(tokens);
  }
  /// The token of exactly this text, special or not; none where there is none, or the form can't say.
  virtual std::optional<std::int64_t> token_id(std::string_view) const { return {}; }

  /// One more than the largest number of a token.
  virtual std::int64_t size() const = 0;
  /// Whether a number is a token's: those below size() are, but for holes that some forms have.
  virtual bool has_token(std::int64_t id) const { return id >= 0 && id < size(); }
  /// The token that its models want in front of every text, and the one after a text's end. None where they were
  /// trained without: also where the vocabulary has such a token that is not put there.
  virtual std::optional<std::int64_t> bos() const = 0;
  virtual std::optional<std::int64_t> eos() const = 0;

  /// The tokenizer in a model's folder, or that file itself, in any form that tokenizer_formats() has: that of Hugging
  /// Face's tokenizers (`tokenizer.json`), a SentencePiece model (`tokenizer.model`), the words of one token each
  /// (`vocabulary.txt`). Of several in a folder the one of the highest priority. Throws `Error` listing the folder's
  /// files where none can be read, or naming the file where it is damaged, or has more tokens than `vocab_size` (0: any
  /// number).
  static std::unique_ptr<Tokenizer> load(const std::string& path, std::int64_t vocab_size = 0);
};

/// The tokenizer's EOS as a list: none or one token.
std::vector<std::int64_t> end_of_text(const Tokenizer& tokenizer);

/// The text of those tokens that the tokenizer has: a model's vocabulary may be larger, and what it draws of the rest
/// must not lose the text.
std::string decode_known(const Tokenizer& tokenizer, std::vector<std::int64_t> tokens);

/// The tokens that a model continues: BOS where the tokenizer has one, and the text's tokens. Throws `Error` where
/// there are none.
std::vector<std::int64_t> prompt_tokens(const Tokenizer& tokenizer, std::string_view text);

}  // namespace adora
