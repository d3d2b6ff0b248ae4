#pragma once
// Not in adora.h: the library's own.
#include <cstdint>
#include <string>
#include <string_view>

#include "json.h"

namespace adora {

/// The kinds of values that a GGUF file's metadata has, by their numbers in the file.
enum class GgufKind : std::uint32_t { u8, i8, u16, i16, u32, i32, f32, boolean, text, array, u64, i64, f64 };

/// "u32", or "a kind with the number 99".
std::string to_string(GgufKind kind);

/// Takes a GGUF file's bytes from front to back. Every function throws `Error` beginning with the path, and naming
/// `what` is read, where the file ends before it does.
class GgufCursor {
 public:
  GgufCursor(std::string_view bytes, const std::string& path, std::uint64_t at = 0)
      : bytes_(bytes), path_(path), at_(at) {}

  std::uint32_t u32(const std::string& what);
  std::uint64_t u64(const std::string& what);
  /// A length and so many bytes of UTF-8.
  std::string_view text(const std::string& what);
  /// The kind of a value, which must be one that there is.
  GgufKind kind(const std::string& what);
  /// Passes over a value, and checks all of it.
  void pass(GgufKind kind, const std::string& what) { pass(kind, what, 0); }
  /// A value that `pass` has checked. `left` is the number of values that it may yet have.
  Json value(GgufKind kind, const std::string& what, std::uint64_t& left);

  std::uint64_t at() const { return at_; }
  std::uint64_t left() const { return bytes_.size() - at_; }

 private:
  struct Array {
    GgufKind kind;
    std::uint64_t count;
  };
  std::string_view take(std::uint64_t count, const std::string& what);
  template <class T> T number(const std::string& what);
  void pass(GgufKind kind, const std::string& what, int depth);
  Array array(const std::string& what);

  std::string_view bytes_;
  const std::string& path_;
  std::uint64_t at_;
};

}  // namespace adora
