#pragma once
// GGUF files made by hand, right and wrong, for the tests of what reads them.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace adora::test {

/// A number's lowest bytes, little-endian.
inline std::string le(std::uint64_t number, int bytes) {
  std::string result;
  for (int i = 0; i < bytes; ++i) result += static_cast<char>(number >> (8 * i));
  return result;
}

inline std::string string_bytes(const std::string& text) { return le(text.size(), 8) + text; }

// Values with the number of their kind in front.
inline std::string u32_value(std::uint64_t number) { return le(4, 4) + le(number, 4); }
inline std::string text_value(const std::string& text) { return le(8, 4) + string_bytes(text); }
inline std::string array_value(std::uint64_t kind, const std::vector<std::string>& values) {
  std::string bytes = le(9, 4) + le(kind, 4) + le(values.size(), 8);
  for (const std::string& value : values) bytes += value;
  return bytes;
}

/// A file's parts, put together by `bytes`. Nothing is checked.
class GgufBytes {
 public:
  explicit GgufBytes(std::uint32_t version = 3) : version_(version) {}

  GgufBytes& key(const std::string& name, const std::string& value) {
    keys_ += string_bytes(name) + value;
    ++key_count_;
    return *this;
  }
  GgufBytes& alignment(std::uint64_t bytes) {
    alignment_ = bytes;
    return key("general.alignment", u32_value(bytes));
  }
  /// `dims` in the file's order; without an offset at the next multiple of the alignment.
  GgufBytes& tensor(const std::string& name, const std::vector<std::uint64_t>& dims, std::uint32_t type,
                    const std::string& data, std::optional<std::uint64_t> offset = {}) {
    tensors_ += string_bytes(name) + le(dims.size(), 4);
    for (const std::uint64_t dim : dims) tensors_ += le(dim, 8);
    tensors_ += le(type, 4) + le(offset.value_or(data_.size()), 8);
    ++tensor_count_;
    data_ += data;
    pad(data_);
    return *this;
  }

  std::string bytes() const {
    std::string file = "GGUF" + le(version_, 4) + le(tensor_count_, 8) + le(key_count_, 8) + keys_ + tensors_;
    pad(file);
    return file + data_;
  }

 private:
  void pad(std::string& bytes) const { bytes.append((alignment_ - bytes.size() % alignment_) % alignment_, '\0'); }

  std::uint32_t version_;
  std::uint64_t alignment_ = 32, key_count_ = 0, tensor_count_ = 0;
  std::string keys_, tensors_, data_;
};

}  // namespace adora::test
