// SentencePiece's normalization rules, as its models carry them.
#include <utf8proc.h>

#include <cstring>

#include "normalizer.h"
#include "sentencepiece_check.h"
#include "unicode.h"

namespace adora {
namespace {

/// Bytes written with 64 characters (RFC 4648); none where it is not well-formed.
std::optional<std::string> from_base64(std::string_view text) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0) return std::nullopt;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  std::string bytes;
  std::uint32_t value = 0;
  int bits = 0;
  for (const char c : text) {
    const std::size_t digit = digits.find(c);
    if (digit == digits.npos) return std::nullopt;
    value = value << 6 | static_cast<std::uint32_t>(digit);
    if ((bits += 6) >= 8) bytes += static_cast<char>(value >> (bits -= 8));
  }
  return bytes;
}

/// A double array (Yata's darts-clone) of what is replaced, whose values are places in texts that end with 0.
class Precompiled final : public Normalizer {
 public:
  explicit Precompiled(JsonFields& fields) : where_(fields.where()) {
    const auto bytes = from_base64(fields.text("precompiled_charsmap"));
    if (!bytes) fields.refuse("precompiled_charsmap", "bytes in base 64");
    check_character_map(*bytes, where_);
    if (bytes->empty()) return;
    std::uint32_t length;
    std::memcpy(&length, bytes->data(), 4);
    units_.resize(length / 4);
    std::memcpy(units_.data(), bytes->data() + 4, length);
    texts_ = bytes->substr(4 + length);
  }

  /// A cluster of characters of fewer than 6 bytes is looked up as a whole; where it has no rule, and else, each
  /// character. Either is replaced where a rule is for its beginning. So does Hugging Face.
  void apply(Normalized& text) const override {
    if (units_.empty()) return;
    const std::string_view from = text.text;
    std::string to;
    for (std::size_t at = 0; at < from.size();) {
      const std::string_view cluster = from.substr(at, cluster_bytes(from, at));
      at += cluster.size();
      if (cluster.size() < 6 && replace(cluster, to)) continue;
      for (std::size_t i = 0; i < cluster.size();) {
        const std::string_view character = cluster.substr(i, code_point(cluster, i).bytes);
        if (!replace(character, to)) to += character;
        i += character.size();
      }
    }
    text.text = std::move(to);
  }

 private:
  static std::size_t cluster_bytes(std::string_view text, std::size_t at) {
    CodePoint last = code_point(text, at);
    std::size_t end = at + last.bytes;
    for (utf8proc_int32_t state = 0; end < text.size();) {
      const CodePoint next = code_point(text, end);
      if (utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(last.value),
                                           static_cast<utf8proc_int32_t>(next.value), &state))
        break;
      end += next.bytes;
      last = next;
    }
    return end - at;
  }

  static std::uint32_t offset(std::uint32_t unit) { return (unit >> 10) << ((unit & 0x200u) >> 6); }

  bool replace(std::string_view key, std::string& to) const {
    std::uint32_t at = offset(units_[0]);
    for (const char c : key) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte == 0) return false;
      at ^= byte;
      const std::uint32_t unit = units_[at];
      if ((unit & 0x800000ffu) != byte) return false;
      at ^= offset(unit);
      if (unit >> 8 & 1) {
        const std::uint32_t place = units_[at] & 0x7fffffffu;
        check(place < texts_.size() && (static_cast<unsigned char>(texts_[place]) & 0xc0) != 0x80,
              "{}: is damaged: its character map leads outside itself", where_);
        to += texts_.c_str() + place;
        return true;
      }
    }
    return false;
  }

  std::string where_;
  std::vector<std::uint32_t> units_;
  std::string texts_;
};

const RegisterNormalizer registered{"Precompiled", [](JsonFields& fields) -> std::unique_ptr<Normalizer> {
                                      return std::make_unique<Precompiled>(fields);
                                    }};

}  // namespace
}  // namespace adora
