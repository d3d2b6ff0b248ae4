#pragma once
// Not in adora.h: the library's own.
#include <string>

#include "tokenizer_parts.h"

namespace adora {

/// A text on its way, and whether it begins where the whole text does.
struct Normalized {
  std::string text;
  bool at_start = true;
};

/// Changes a text before it is cut into words. It stays valid UTF-8.
class Normalizer {
 public:
  virtual ~Normalizer() = default;
  virtual void apply(Normalized& text) const = 0;
  /// Whether it leaves such a text as it is: true only where that is quickly seen.
  virtual bool keeps(std::string_view) const { return false; }
};

using RegisterNormalizer = RegisterTokenizerPart<Normalizer>;

}  // namespace adora
