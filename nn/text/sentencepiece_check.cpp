#include "sentencepiece_check.h"

#include <cstring>

#include "../../core/error.h"
#include "../../core/utf8.h"
#include "protobuf.h"

namespace adora {
namespace {

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
  ProtobufMessage model(bytes, path);
  std::uint64_t pieces = 0;
  for (ProtobufField field; model.next(field);) {
    if (field.type != 2) continue;
    if (field.number == 1) ++pieces;
    if (field.number != normalizer && field.number != denormalizer) continue;
    ProtobufMessage spec(field.bytes, path);
    for (ProtobufField inner; spec.next(inner);) {
      if (inner.number == character_map && inner.type == 2) check_character_map(inner.bytes, path);
    }
  }
  check(pieces > 0, "{}: is no SentencePiece model: it has no tokens", path);
}

}  // namespace adora
