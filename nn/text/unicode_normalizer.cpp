// Unicode's normal forms, and normalizers that look at one character after the other.
#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>

#include "normalizer.h"
#include "unicode.h"

namespace adora {
namespace {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

void append_normal_form(std::string_view text, int options, std::string& to) {
  if (text.empty()) return;
  utf8proc_uint8_t* made = nullptr;
  const auto bytes =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &made, static_cast<utf8proc_option_t>(options | UTF8PROC_STABLE));
  check(bytes >= 0, "a text of {} bytes can't be normalized: {}", text.size(), bytes < 0 ? utf8proc_errmsg(bytes) : "");
  to.append(reinterpret_cast<const char*>(made), static_cast<std::size_t>(bytes));
  std::free(made);
}

/// As utf8proc's version of Unicode has it. Hugging Face's tables are of Unicode 9: what has come since and is not
/// NFC's business, some 70 letters, they leave as it is in NFKC and NFKD.
template <int options> class NormalForm final : public Normalizer {
 public:
  explicit NormalForm(JsonFields&) {}
  bool keeps(std::string_view text) const override { return is_ascii(text); }

  /// In stretches: those of characters below U+0300, which NFC leaves as they are unless a mark follows, are copied.
  void apply(Normalized& text) const override {
    if (is_ascii(text.text)) return;
    const std::string& from = text.text;
    std::string to;
    to.reserve(from.size());
    if constexpr (options != UTF8PROC_COMPOSE) {
      append_normal_form(from, options, to);
    } else {
      const auto composed = [&](std::size_t at) { return static_cast<unsigned char>(from[at]) < 0xcc; };
      std::size_t done = 0;
      for (std::size_t at = 0; at < from.size();) {
        if (composed(at)) {
          at += code_point(from, at).bytes;
          continue;
        }
        // From the character in front to the next one of those.
        std::size_t begin = at;
        if (begin > done) begin -= code_point_before(from, begin).bytes;
        while (at < from.size() && !composed(at)) at += code_point(from, at).bytes;
        to.append(from, done, begin - done);
        append_normal_form(std::string_view(from).substr(begin, at - begin), options, to);
        done = at;
      }
      to.append(from, done);
    }
    text.text = std::move(to);
  }
};

/// What a normalizer makes of a character: itself, another, or none.
constexpr std::uint32_t none = UINT32_MAX;

template <std::uint32_t (*change)(std::uint32_t)> class EachCharacter final : public Normalizer {
 public:
  explicit EachCharacter(JsonFields&) {}
  void apply(Normalized& text) const override {
    std::string to;
    for (std::size_t at = 0; at < text.text.size();) {
      const CodePoint c = code_point(text.text, at);
      const std::uint32_t changed = change(c.value);
      if (changed != none) append_utf8(to, changed);
      else if (at == 0) text.at_start = false;
      at += c.bytes;
    }
    text.text = std::move(to);
  }
};

std::uint32_t without_marks(std::uint32_t c) { return is_mark(c) ? none : c; }

/// What the normalization rules called "nmt" do: no control characters, and spaces for what separates.
std::uint32_t nmt(std::uint32_t c) {
  if ((c >= 1 && c <= 8) || c == 0xb || (c >= 0xe && c <= 0x1f) || c == 0x7f || c == 0x8f || c == 0x9f) return none;
  const bool separates = c == '\t' || c == '\n' || c == 0xc || c == '\r' || c == 0x1680 ||
                         (c >= 0x200b && c <= 0x200f) || c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xfeff ||
                         c == 0xfffd;
  return separates ? ' ' : c;
}

class Lowercase final : public Normalizer {
 public:
  explicit Lowercase(JsonFields&) {}
  void apply(Normalized& text) const override {
    std::string to;
    for (std::size_t at = 0; at < text.text.size();) {
      const CodePoint c = code_point(text.text, at);
      // The one capital letter whose small one is two characters: i and a dot above.
      if (c.value == 0x130) to += "i\xcc\x87";
      else append_utf8(to, static_cast<std::uint32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c.value))));
      at += c.bytes;
    }
    text.text = std::move(to);
  }
};

template <class T> std::unique_ptr<Normalizer> read(JsonFields& fields) { return std::make_unique<T>(fields); }

const RegisterNormalizer nfc{"NFC", read<NormalForm<UTF8PROC_COMPOSE>>};
const RegisterNormalizer nfd{"NFD", read<NormalForm<UTF8PROC_DECOMPOSE>>};
const RegisterNormalizer nfkc{"NFKC", read<NormalForm<UTF8PROC_COMPOSE | UTF8PROC_COMPAT>>};
const RegisterNormalizer nfkd{"NFKD", read<NormalForm<UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT>>};
const RegisterNormalizer strip_accents{"StripAccents", read<EachCharacter<without_marks>>};
const RegisterNormalizer nmt_rules{"Nmt", read<EachCharacter<nmt>>};
const RegisterNormalizer lowercase{"Lowercase", read<Lowercase>};

}  // namespace
}  // namespace adora
