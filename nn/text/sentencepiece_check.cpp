#include "sentencepiece_check.h"

#include <cstdint>
#include <cstring>

#include "../../core/error.h"
#include "../../core/utf8.h"

namespace adora {
namespace {

/// One field of a protocol buffer message.
struct Field {
  std::uint64_t number = 0;
  std::uint64_t type = 0;  // 0: a number, 1: 8 bytes, 2: bytes, 5: 4 bytes
  std::uint64_t value = 0;
  std::string_view bytes;
};

/// Walks over the fields of a message.
class Message {
 public:
  Message(std::string_view bytes, const std::string& path) : rest_(bytes), path_(path) {}

  bool next(Field& field) {
    if (rest_.empty()) return false;
    std::uint64_t tag = number();
    field = {tag >> 3, tag & 7, 0, {}};
    switch (field.type) {
      case 0: field.value = number(); break;
      case 1: field.bytes = take(8); break;
      case 2: field.bytes = take(number()); break;
      case 5: field.bytes = take(4); break;
      default: damaged();
    }
    if (field.number == 0) damaged();
    return true;
  }

 private:
  [[noreturn]] void damaged() const { fail("{}: is damaged, or no SentencePiece model", path_); }

  std::string_view take(std::uint64_t count) {
    if (count > rest_.size()) damaged();
    std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
    damaged();
  }

  std::string_view rest_;
  const std::string& path_;
};

std::uint32_t word_at(std::string_view bytes, std::size_t at) {
  std::uint32_t word;
  std::memcpy(&word, bytes.data() + at, 4);
  return word;
}

}  // namespace

void check_character_map(std::string_view map, const std::string& path) {
  auto require = [&](bool ok) { check(ok, "{}: is damaged: its character map leads outside itself", path); };
  if (map.empty()) return;
  require(map.size() > 4);
  std::uint64_t trie_bytes = word_at(map, 0);
  require(trie_bytes <= map.size() - 4 && trie_bytes % 4 == 0 && trie_bytes >= 1024);
  std::string_view trie = map.substr(4, trie_bytes);
  std::string_view texts = map.substr(4 + trie_bytes);
  require(!texts.empty() && texts.back() == '\0');
  for (std::size_t text = 0; text < texts.size();) {
    std::size_t end = texts.find('\0', text);
    require(find_invalid_utf8(texts.substr(text, end - text)) == texts.npos);
    text = end + 1;
  }
  std::uint64_t units = trie_bytes / 4;
  for (std::uint64_t at = 0; at < units; ++at) {
    std::uint32_t unit = word_at(trie, at * 4);
    if (unit >> 31) {
      require((unit & 0x7fffffffu) < texts.size());
    } else {
      // A step goes to the unit numbered at ^ offset ^ byte, for any byte.
      std::uint64_t offset = std::uint64_t{unit >> 10} << ((unit & 0x200u) >> 6);
      require(((at ^ offset) | 0xff) < units);
    }
  }
}

void check_sentencepiece(std::string_view bytes, const std::string& path) {
  // ModelProto: 1 pieces, 2 trainer_spec, 3 normalizer_spec, 5 denormalizer_spec. NormalizerSpec: 2
  // precompiled_charsmap.
  constexpr std::uint64_t normalizer = 3, denormalizer = 5, character_map = 2;
  Message model(bytes, path);
  std::uint64_t pieces = 0;
  for (Field field; model.next(field);) {
    if (field.type != 2) continue;
    if (field.number == 1) ++pieces;
    if (field.number != normalizer && field.number != denormalizer) continue;
    Message spec(field.bytes, path);
    for (Field inner; spec.next(inner);) {
      if (inner.number == character_map && inner.type == 2) check_character_map(inner.bytes, path);
    }
  }
  check(pieces > 0, "{}: is no SentencePiece model: it has no tokens", path);
}

}  // namespace adora
