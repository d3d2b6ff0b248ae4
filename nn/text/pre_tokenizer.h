#pragma once
// Not in adora.h: the library's own.
#include "tokenizer_parts.h"
#include "words.h"

namespace adora {

/// Cuts a text into the words that the model looks at one by one.
class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  virtual void apply(Words& words) const = 0;
};

using RegisterPreTokenizer = RegisterTokenizerPart<PreTokenizer>;

}  // namespace adora
