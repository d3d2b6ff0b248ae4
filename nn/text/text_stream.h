#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tokenizer.h"

namespace adora {

/// The text that tokens add to a text, as they come: whole characters alone, and nothing of a text that ends it.
/// Tokens that the tokenizer does not have are passed over.
class TextStream {
 public:
  /// `before` are the tokens that the new ones follow. The text ends in front of the first of `stops` (none empty)
  /// that comes in what is added. The tokenizer must outlive this.
  explicit TextStream(const Tokenizer& tokenizer, std::vector<std::int64_t> before = {},
                      std::vector<std::string> stops = {});

  /// Takes a token and gives the text that is certain by it; what may be the beginning of a character or of a stop is
  /// held back.
  std::string add(std::int64_t token);
  /// Whether a stop has come. Nothing is added any more.
  bool stopped() const { return stopped_; }
  /// Gives what was held back.
  std::string end();

  /// All that was given.
  std::string text() const { return whole_.substr(begin_, given_ - begin_); }
  /// The same with the text of the tokens before.
  std::string whole() const { return whole_.substr(0, given_); }

 private:
  std::string give(std::size_t end);

  const Tokenizer& tokenizer_;
  std::vector<std::int64_t> tokens_;
  std::vector<std::string> stops_;
  std::string whole_;
  std::size_t begin_ = 0, given_ = 0;  ///< in whole_: where what is added begins, and what has not been given
  bool stopped_ = false;
};

}  // namespace adora
