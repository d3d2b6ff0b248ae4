#pragma once
// Not in adora.h: the library's own.
#include <cstdint>
#include <string>
#include <string_view>

#include "../../core/error.h"

namespace adora {

/// One field of a protocol buffer message.
struct ProtobufField {
  std::uint64_t number = 0;
  std::uint64_t type = 0;  // 0: a number, 1: 8 bytes, 2: bytes, 5: 4 bytes
  std::uint64_t value = 0;
  std::string_view bytes;
};

/// Walks over the fields of a message, which is a part of a SentencePiece model.
class ProtobufMessage {
 public:
  ProtobufMessage(std::string_view bytes, const std::string& path) : rest_(bytes), path_(path) {}

  bool next(ProtobufField& field) {
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

}  // namespace adora
