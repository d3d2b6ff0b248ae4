#include "pre_tokenizer.h"

#include "byte_level.h"
#include "cutting.h"
#include "pattern.h"

namespace adora {
namespace {

class Sequence final : public PreTokenizer {
 public:
  explicit Sequence(JsonFields& fields) : parts_(read_tokenizer_parts<PreTokenizer>(fields, "pretokenizers")) {}
  void apply(Words& words) const override {
    for (const auto& part : parts_) spell_bytes(words), part->apply(words);
  }

 private:
  std::vector<std::unique_ptr<PreTokenizer>> parts_;
};

class Split final : public PreTokenizer {
 public:
  explicit Split(JsonFields& fields)
      : pattern_(fields, "pattern"),
        at_(read_at_matches(fields, "behavior")),
        invert_(fields.boolean("invert", false)) {}
  void apply(Words& words) const override {
    Pattern::Search search(pattern_);
    cut_words(words, at_, [&](std::string_view word, std::vector<Part>& parts) {
      search.start(word);
      std::uint32_t end = 0;
      for (Span match; search.next(match);) {
        const auto begin = static_cast<std::uint32_t>(match.begin);
        if (end < begin) parts.push_back({end, begin, invert_});
        end = static_cast<std::uint32_t>(match.end);
        parts.push_back({begin, end, !invert_});
      }
      if (end < word.size()) parts.push_back({end, static_cast<std::uint32_t>(word.size()), invert_});
    });
  }

 private:
  Pattern pattern_;
  AtMatches at_;
  bool invert_;
};

/// Cuts at characters of a kind.
class AtCharacters final : public PreTokenizer {
 public:
  AtCharacters(bool (*is)(std::uint32_t), AtMatches at) : is_(is), at_(at) {}
  void apply(Words& words) const override { cut_at_characters(words, at_, is_); }

 private:
  bool (*is_)(std::uint32_t);
  AtMatches at_;
};

/// Runs of word characters, and runs of others but spaces.
class Whitespace final : public PreTokenizer {
 public:
  void apply(Words& words) const override {
    cut_words(words, AtMatches::isolated, [](std::string_view word, std::vector<Part>& parts) {
      enum Kind { space, letter, other };
      const auto kind = [](std::uint32_t c) { return is_space(c) ? space : is_word(c) ? letter : other; };
      for (std::size_t at = 0; at < word.size();) {
        const std::size_t begin = at;
        const Kind first = kind(code_point(word, at).value);
        while (at < word.size()) {
          const CodePoint c = code_point(word, at);
          if (kind(c.value) != first) break;
          at += c.bytes;
        }
        if (first != space) parts.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at), true});
      }
    });
  }
};

template <class T> std::unique_ptr<PreTokenizer> read(JsonFields& fields) { return std::make_unique<T>(fields); }

const RegisterPreTokenizer sequence{"Sequence", read<Sequence>};
const RegisterPreTokenizer split{"Split", read<Split>};
const RegisterPreTokenizer digits{"Digits", [](JsonFields& fields) -> std::unique_ptr<PreTokenizer> {
                                    const bool each = fields.boolean("individual_digits", false);
                                    return std::make_unique<AtCharacters>(
                                        is_numeric, each ? AtMatches::isolated : AtMatches::contiguous);
                                  }};
const RegisterPreTokenizer punctuation{"Punctuation", [](JsonFields& fields) -> std::unique_ptr<PreTokenizer> {
                                         return std::make_unique<AtCharacters>(
                                             is_punctuation, read_at_matches(fields, "behavior", "Isolated"));
                                       }};
const RegisterPreTokenizer whitespace{
    "Whitespace", [](JsonFields&) -> std::unique_ptr<PreTokenizer> { return std::make_unique<Whitespace>(); }};
const RegisterPreTokenizer whitespace_split{"WhitespaceSplit", [](JsonFields&) -> std::unique_ptr<PreTokenizer> {
                                              return std::make_unique<AtCharacters>(is_space, AtMatches::removed);
                                            }};

}  // namespace
}  // namespace adora
