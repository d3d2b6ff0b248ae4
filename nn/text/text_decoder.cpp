#include "text_decoder.h"

#include "../../core/utf8.h"
#include "pattern.h"
#include "unicode.h"

namespace adora {
namespace {

class Sequence final : public TextDecoder {
 public:
  explicit Sequence(JsonFields& fields) : parts_(read_tokenizer_parts<TextDecoder>(fields, "decoders")) {}
  void apply(std::vector<std::string>& tokens) const override {
    for (const auto& part : parts_) part->apply(tokens);
  }

 private:
  std::vector<std::unique_ptr<TextDecoder>> parts_;
};

/// "<0x41>", as models with byte fallback call a byte; -1 for another text.
int byte_of(const std::string& token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return -1;
  int value = 0;
  for (const char c : {token[3], token[4]}) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                             : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/// Bytes in a row are a text where they are UTF-8, and as many U+FFFD where they aren't.
class ByteFallback final : public TextDecoder {
 public:
  explicit ByteFallback(JsonFields&) {}
  void apply(std::vector<std::string>& tokens) const override {
    std::vector<std::string> result;
    std::string bytes;
    const auto put_bytes = [&] {
      if (find_invalid_utf8(bytes) == bytes.npos) {
        if (!bytes.empty()) result.push_back(bytes);
      } else {
        result.insert(result.end(), bytes.size(), "\xef\xbf\xbd");
      }
      bytes.clear();
    };
    for (std::string& token : tokens) {
      if (const int byte = byte_of(token); byte >= 0) {
        bytes += static_cast<char>(byte);
      } else {
        put_bytes();
        result.push_back(std::move(token));
      }
    }
    put_bytes();
    tokens = std::move(result);
  }
};

class Fuse final : public TextDecoder {
 public:
  explicit Fuse(JsonFields&) {}
  void apply(std::vector<std::string>& tokens) const override {
    std::string all;
    for (const std::string& token : tokens) all += token;
    tokens = {all};
  }
};

class Replace final : public TextDecoder {
 public:
  explicit Replace(JsonFields& fields) : pattern_(fields, "pattern"), content_(fields.text("content")) {}
  void apply(std::vector<std::string>& tokens) const override {
    Pattern::Search search(pattern_);
    for (std::string& token : tokens) {
      std::string text;
      std::size_t end = 0;
      search.start(token);
      for (Span match; search.next(match); end = match.end) text.append(token, end, match.begin - end).append(content_);
      token = text.append(token, end);
    }
  }

 private:
  Pattern pattern_;
  std::string content_;
};

/// Takes a character away at both ends of every token, so many times at most.
class Strip final : public TextDecoder {
 public:
  explicit Strip(JsonFields& fields)
      : content_(fields.text("content")),
        start_(fields.integer("start", 0, INT32_MAX)),
        stop_(fields.integer("stop", 0, INT32_MAX)) {
    if (content_.empty() || code_point(content_, 0).bytes != content_.size()) fields.refuse("content", "one character");
  }
  void apply(std::vector<std::string>& tokens) const override {
    for (std::string& token : tokens) {
      std::string_view rest = token;
      for (std::int64_t i = 0; i < start_ && rest.starts_with(content_); ++i) rest.remove_prefix(content_.size());
      for (std::int64_t i = 0; i < stop_ && rest.ends_with(content_); ++i) rest.remove_suffix(content_.size());
      token = std::string(rest);
    }
  }

 private:
  std::string content_;
  std::int64_t start_, stop_;
};

template <class T> std::unique_ptr<TextDecoder> read(JsonFields& fields) { return std::make_unique<T>(fields); }

const RegisterTextDecoder sequence{"Sequence", read<Sequence>};
const RegisterTextDecoder byte_fallback{"ByteFallback", read<ByteFallback>};
const RegisterTextDecoder fuse{"Fuse", read<Fuse>};
const RegisterTextDecoder replace{"Replace", read<Replace>};
const RegisterTextDecoder strip{"Strip", read<Strip>};

}  // namespace
}  // namespace adora
