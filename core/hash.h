#pragma once
// Not in adora.h: the library's own.
#include <cstddef>
#include <cstdint>

namespace adora {

/// 64 bits of FNV-1a, by which things are told apart that differ by chance and not by malice.
class Hash {
 public:
  template <class T> void add(const T* data, std::size_t count) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(data);
    // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): it loses track of a larger number's bytes
    for (std::size_t i = 0; i < count * sizeof(T); ++i) value_ = (value_ ^ bytes[i]) * 0x100000001b3u;
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325u;
};

}  // namespace adora
