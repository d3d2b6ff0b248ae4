#include "byte_level.h"

#include <array>

#include "normalizer.h"
#include "pre_tokenizer.h"
#include "regex.h"
#include "text_decoder.h"
#include "unicode.h"

namespace adora {
namespace {

bool stands_for_itself(unsigned byte) { return (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte != 0xad); }

struct Spelling {
  std::array<std::uint16_t, 256> character;  // of a byte
  std::array<std::int16_t, 512> byte;        // of a character, or -1
};

const Spelling& spelling() {
  static const Spelling all = [] {
    Spelling made;
    made.byte.fill(-1);
    std::uint16_t next = 0x100;
    for (unsigned byte = 0; byte < 256; ++byte) {
      const std::uint16_t c = stands_for_itself(byte) ? static_cast<std::uint16_t>(byte) : next++;
      made.character[byte] = c;
      made.byte[c] = static_cast<std::int16_t>(byte);
    }
    return made;
  }();
  return all;
}

/// GPT-2's words.
const Regex& words_of_gpt2() {
  static const Regex regex(R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)",
                           "ByteLevel");
  return regex;
}

/// A character for each byte, and GPT-2's words where `use_regex`.
class ByteLevelWords final : public PreTokenizer {
 public:
  explicit ByteLevelWords(JsonFields& fields)
      : add_prefix_space_(fields.boolean("add_prefix_space", true)), use_regex_(fields.boolean("use_regex", true)) {
    fields.boolean("trim_offsets", true);  // of where tokens lie, which nobody asks here
  }

  void apply(Words& words) const override {
    if (add_prefix_space_)
      words.rewrite([](std::string_view word, std::string& text) {
        if (!word.starts_with(' ')) text += ' ';
        text += word;
      });
    if (use_regex_) split(words);
    words.bytes = true;
  }

 private:
  static void split(Words& words) {
    Regex::Search search(words_of_gpt2());
    std::vector<Word> result;
    result.reserve(words.text().size() / 4);
    for (std::size_t i = 0; i < words.size(); ++i) {
      search.start(words[i]);
      const std::uint32_t begin = words.words()[i].begin;
      // The expression takes in every character.
      for (Span match; search.next(match);)
        result.push_back(
            {begin + static_cast<std::uint32_t>(match.begin), begin + static_cast<std::uint32_t>(match.end)});
    }
    words.replace(std::move(result));
  }

  bool add_prefix_space_, use_regex_;
};

class ByteLevelNormalizer final : public Normalizer {
 public:
  void apply(Normalized& text) const override {
    std::string spelled;
    spell_bytes(text.text, spelled);
    text.text = std::move(spelled);
  }
};

class ByteLevelDecoder final : public TextDecoder {
 public:
  void apply(std::vector<std::string>& tokens) const override {
    std::string bytes;
    for (const std::string& token : tokens) bytes += spelled_bytes(token).value_or(token);
    tokens = {replace_invalid_utf8(bytes)};
  }
};

const RegisterPreTokenizer words{"ByteLevel", [](JsonFields& fields) -> std::unique_ptr<PreTokenizer> {
                                   return std::make_unique<ByteLevelWords>(fields);
                                 }};
const RegisterNormalizer normalizer{
    "ByteLevel", [](JsonFields&) -> std::unique_ptr<Normalizer> { return std::make_unique<ByteLevelNormalizer>(); }};
const RegisterTextDecoder decoder{"ByteLevel", [](JsonFields& fields) -> std::unique_ptr<TextDecoder> {
                                    // What the pre-tokenizer of that name does with them.
                                    for (const char* name : {"add_prefix_space", "trim_offsets", "use_regex"})
                                      fields.boolean(name, true);
                                    return std::make_unique<ByteLevelDecoder>();
                                  }};

}  // namespace

void spell_bytes(std::string_view bytes, std::string& text) {
  for (const char byte : bytes) append_utf8(text, spelling().character[static_cast<unsigned char>(byte)]);
}

void spell_bytes(Words& words) {
  if (words.bytes) words.rewrite([](std::string_view word, std::string& text) { spell_bytes(word, text); });
  words.bytes = false;
}

std::optional<std::string> spelled_bytes(std::string_view text) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = code_point(text, at);
    if (c.value >= 512 || spelling().byte[c.value] < 0) return std::nullopt;
    bytes += static_cast<char>(spelling().byte[c.value]);
    at += c.bytes;
  }
  return bytes;
}

}  // namespace adora
