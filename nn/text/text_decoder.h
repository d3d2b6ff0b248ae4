#pragma once
// Not in adora.h: the library's own.
#include <string>
#include <vector>

#include "tokenizer_parts.h"

namespace adora {

/// Makes text of tokens' texts, step by step; those that are left in the end are put together.
class TextDecoder {
 public:
  virtual ~TextDecoder() = default;
  virtual void apply(std::vector<std::string>& tokens) const = 0;
};

using RegisterTextDecoder = RegisterTokenizerPart<TextDecoder>;

}  // namespace adora
