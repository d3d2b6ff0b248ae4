#include "cutting.h"
#include "pre_tokenizer.h"
#include "text_decoder.h"
#include "unicode.h"

namespace adora {
namespace {

/// What the pre-tokenizer and the decoder of that name share: a visible character for a space, and where one is put in
/// front.
struct Metaspace {
  std::string space;
  std::uint32_t character = 0;
  enum { always, first, never } prepend = always;
  bool split = true;

  explicit Metaspace(JsonFields& fields) {
    space = fields.text("replacement");
    if (space.empty() || code_point(space, 0).bytes != space.size()) fields.refuse("replacement", "one character");
    character = code_point(space, 0).value;
    const bool has_scheme = fields.has("prepend_scheme");
    const std::string scheme = fields.text("prepend_scheme", "always");
    if (scheme == "first") prepend = first;
    else if (scheme == "never") prepend = never;
    else if (scheme != "always") fields.refuse("prepend_scheme", "always, first or never");
    // Older files have this instead.
    if (!fields.boolean("add_prefix_space", true)) {
      if (has_scheme && prepend != never) fields.refuse("add_prefix_space", "true, as prepend_scheme has it");
      prepend = never;
    }
    split = fields.boolean("split", true);
    fields.find("str_rep");  // the same character
  }
};

class MetaspaceWords final : public PreTokenizer {
 public:
  explicit MetaspaceWords(JsonFields& fields) : form_(fields) {}

  void apply(Words& words) const override {
    bool may_prepend =
        form_.prepend == Metaspace::always || (form_.prepend == Metaspace::first && words.first_is_at_start());
    words.rewrite([&](std::string_view word, std::string& text) {
      if (may_prepend && !word.starts_with(' ') && !word.starts_with(form_.space)) text += form_.space;
      may_prepend = form_.prepend == Metaspace::always;
      for (const char c : word) c == ' ' ? text += form_.space : text += c;
    });
    if (form_.split)
      cut_at_characters(words, AtMatches::merged_with_next, [&](std::uint32_t c) { return c == form_.character; });
  }

 private:
  Metaspace form_;
};

class MetaspaceText final : public TextDecoder {
 public:
  explicit MetaspaceText(JsonFields& fields) : form_(fields) {}

  void apply(std::vector<std::string>& tokens) const override {
    bool at_start = form_.prepend != Metaspace::never;
    for (std::string& token : tokens) {
      std::string text;
      for (std::size_t at = 0; at < token.size();) {
        const CodePoint c = code_point(token, at);
        if (c.value != form_.character) text.append(token, at, c.bytes);
        else if (!at_start) text += ' ';
        at += c.bytes;
      }
      token = std::move(text);
      at_start = false;
    }
  }

 private:
  Metaspace form_;
};

const RegisterPreTokenizer words{"Metaspace", [](JsonFields& fields) -> std::unique_ptr<PreTokenizer> {
                                   return std::make_unique<MetaspaceWords>(fields);
                                 }};
const RegisterTextDecoder decoder{"Metaspace", [](JsonFields& fields) -> std::unique_ptr<TextDecoder> {
                                    return std::make_unique<MetaspaceText>(fields);
                                  }};

}  // namespace
}  // namespace adora
