#include "sentencepiece_model.h"

#include <bit>
#include <cstring>

#include "../../core/error.h"
#include "../../core/utf8.h"
#include "protobuf.h"
#include "sentencepiece_check.h"

namespace adora {
namespace {

// Numbers of fields, by SentencePiece's description of its model.
namespace field {
constexpr std::uint64_t pieces = 1, trainer = 2, normalizer = 3;                              // ModelProto
constexpr std::uint64_t text = 1, score = 2, kind = 3;                                        // SentencePiece
constexpr std::uint64_t model_type = 3, vocab_size = 4, byte_fallback = 35, unknown_id = 40;  // TrainerSpec
constexpr std::uint64_t unknown_piece = 45;                                                   // then BOS, EOS, padding
constexpr std::uint64_t name = 1, character_map = 2, adds_space = 3, removes_blanks = 4;      // NormalizerSpec
}  // namespace field

constexpr std::uint64_t bpe = 2;

std::string varint(std::uint64_t number) {
  std::string bytes;
  for (; number >= 0x80; number >>= 7) bytes += static_cast<char>(number | 0x80);
  return bytes + static_cast<char>(number);
}

std::string number_field(std::uint64_t field, std::uint64_t value) { return varint(field << 3) + varint(value); }
std::string bytes_field(std::uint64_t field, const std::string& bytes) {
  return varint(field << 3 | 2) + varint(bytes.size()) + bytes;
}
std::string float_field(std::uint64_t field, float value) {
  const auto word = std::bit_cast<std::uint32_t>(value);
  std::string bytes = varint(field << 3 | 5);
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(word >> (8 * i));
  return bytes;
}

SentencePieces::Piece read_piece(std::string_view bytes, const std::string& path) {
  SentencePieces::Piece piece;
  ProtobufMessage message(bytes, path);
  for (ProtobufField f; message.next(f);) {
    if (f.number == field::text && f.type == 2) piece.text = f.bytes;
    if (f.number == field::score && f.type == 5) std::memcpy(&piece.score, f.bytes.data(), 4);
    if (f.number != field::kind || f.type != 0) continue;
    check(f.value >= 1 && f.value <= 6, "{}: is damaged: a token is of the kind {}", path, f.value);
    piece.kind = static_cast<PieceKind>(f.value);
  }
  check(find_invalid_utf8(piece.text) == std::string::npos, "{}: is damaged: a token is not UTF-8", path);
  return piece;
}

}  // namespace

SentencePieces read_sentencepieces(std::string_view bytes, const std::string& path) {
  check_sentencepiece(bytes, path);
  SentencePieces model;
  std::uint64_t type = 1;
  // Of the unknown token, BOS, EOS and padding.
  std::int32_t ids[4] = {0, 1, 2, -1};
  bool removes_blanks = true, changes_characters = false;
  ProtobufMessage message(bytes, path);
  for (ProtobufField f; message.next(f);) {
    if (f.type != 2) continue;
    if (f.number == field::pieces) model.pieces.push_back(read_piece(f.bytes, path));
    ProtobufMessage spec(f.bytes, path);
    if (f.number == field::trainer) {
      for (ProtobufField g; spec.next(g);) {
        if (g.type != 0) continue;
        if (g.number == field::model_type) type = g.value;
        if (g.number >= field::unknown_id && g.number < field::unknown_id + 4)
          ids[g.number - field::unknown_id] = static_cast<std::int32_t>(g.value);
      }
    } else if (f.number == field::normalizer) {
      for (ProtobufField g; spec.next(g);) {
        if (g.number == field::adds_space) model.adds_space = g.value != 0;
        if (g.number == field::removes_blanks) removes_blanks = g.value != 0;
        if (g.number == field::character_map) changes_characters = !g.bytes.empty();
      }
    }
  }
  check(type == bpe, "{}: is no SentencePiece model that merges by scores (BPE), but one of type {}", path, type);
  check(!removes_blanks && !changes_characters, "{}: is a SentencePiece model that changes {} of a text", path,
        removes_blanks ? "blanks" : "characters");
  std::optional<std::int64_t>* tokens[] = {&model.unknown, &model.bos, &model.eos, &model.padding};
  for (int i = 0; i < 4; ++i)
    if (ids[i] >= 0 && static_cast<std::size_t>(ids[i]) < model.pieces.size()) *tokens[i] = ids[i];
  return model;
}

std::string sentencepiece_bytes(const SentencePieces& model) {
  std::string bytes, trainer = number_field(field::model_type, bpe);
  trainer += number_field(field::vocab_size, model.pieces.size());
  bool has_bytes = false;
  for (const auto& [text, score, kind] : model.pieces) {
    has_bytes |= kind == PieceKind::byte;
    bytes += bytes_field(field::pieces, bytes_field(field::text, text) + float_field(field::score, score) +
                                            number_field(field::kind, static_cast<std::uint64_t>(kind)));
  }
  trainer += number_field(field::byte_fallback, has_bytes);
  const std::optional<std::int64_t> ids[] = {model.unknown, model.bos, model.eos, model.padding};
  for (std::uint64_t i = 0; i < 4; ++i)
    trainer += number_field(field::unknown_id + i, static_cast<std::uint64_t>(ids[i].value_or(-1)));
  for (std::uint64_t i = 0; i < 4; ++i)
    if (ids[i])
      trainer += bytes_field(field::unknown_piece + i, model.pieces.at(static_cast<std::size_t>(*ids[i])).text);
  const std::string normalizer = bytes_field(field::name, "identity") +
                                 number_field(field::adds_space, model.adds_space) +
                                 number_field(field::removes_blanks, 0);
  return bytes + bytes_field(field::trainer, trainer) + bytes_field(field::normalizer, normalizer);
}

std::string without_space_in_front(const std::string& bytes) {
  // Of a field that stands twice the parts are put together, the later ones over the earlier.
  return bytes + bytes_field(field::normalizer, number_field(field::adds_space, false));
}

}  // namespace adora
