#pragma once
// Not in adora.h: the library's own.
#include <cstdint>
#include <optional>

#include "tokenizer_parts.h"

namespace adora {

/// The tokens that are put around one text, none or one on each side.
struct Surroundings {
  std::optional<std::int64_t> front, behind;
};

/// Puts tokens around a text.
class PostProcessor {
 public:
  virtual ~PostProcessor() = default;
  /// Adds to what is put there already. Throws `Error` where more than one token would stand at an end.
  virtual void apply(Surroundings& around) const = 0;
};

using RegisterPostProcessor = RegisterTokenizerPart<PostProcessor>;

}  // namespace adora
