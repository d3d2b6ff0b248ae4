#pragma once
// Not in adora.h: the library's own.
#include <cstdint>
#include <string_view>
#include <vector>

#include "tokenizer_parts.h"
#include "vocabulary.h"

namespace adora {

/// Makes tokens of words.
class TokenModel {
 public:
  virtual ~TokenModel() = default;
  virtual const Vocabulary& vocabulary() const = 0;
  /// Adds the tokens of a word that is not empty.
  virtual void encode(std::string_view word, std::vector<std::int64_t>& ids) const = 0;
  /// Where the first piece of a word ends that has the same tokens alone as in it.
  virtual std::size_t first_piece(std::string_view word) const { return word.size(); }
  /// Whether spaces in front of marks are left out of decoded text where the tokenizer's config wants it so.
  virtual bool cleans_up() const { return true; }
};

using RegisterTokenModel = RegisterTokenizerPart<TokenModel>;

}  // namespace adora
