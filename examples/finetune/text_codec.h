#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace adora::finetune {

/// Text to tokens and back, whatever the model's tokenizer is.
class TextCodec {
 public:
  virtual ~TextCodec() = default;
  /// Without BOS and EOS.
  virtual std::vector<std::int64_t> encode(const std::string& text) const = 0;
  virtual std::string decode(const std::vector<std::int64_t>& tokens) const = 0;
  virtual std::int64_t bos() const = 0;
  /// Each of them ends a text; the first is what ends a document.
  virtual std::vector<std::int64_t> eos() const = 0;
};

}  // namespace adora::finetune
