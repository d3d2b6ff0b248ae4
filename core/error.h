#pragma once
#include <fmt/core.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "printable.h"

namespace adora {

/// The one exception the library throws. Its text says what was wrong, with
/// which tensor, file or option, and what to do about it. Names in it may come
/// from a file: whatever their bytes, the text is printable and of one line.
class Error : public std::runtime_error {
 public:
  explicit Error(std::string_view text) : std::runtime_error(printable(text)) {}
};

/// An error that a device or a library on it reported; a kernel (backends/kernel.h) puts the operation and its tensors
/// in front.
class DeviceError : public Error {
 public:
  using Error::Error;
};

/// A text about something, for messages: made when it is read, so that a check which holds costs no text. It does not
/// outlive what it is about.
struct Description {
  const void* what;
  std::string (*text)(const void*);
  operator std::string() const { return text(what); }
  friend bool operator==(const Description& a, std::string_view b) { return std::string(a) == b; }
};

namespace detail {

// These two are the same for every check, so they are compiled once.
[[noreturn]] void throw_error(fmt::string_view text, fmt::format_args args);
fmt::format_context::iterator append(fmt::format_context& context, std::string_view text);

/// Formats the library's own types in messages: by their conversion to a string, or by to_string.
template <class T> struct Formatter {
  constexpr auto parse(fmt::format_parse_context& context) { return context.begin(); }
  auto format(const T& x, fmt::format_context& context) const {
    if constexpr (std::is_convertible_v<T, std::string>) return append(context, std::string(x));
    else return append(context, to_string(x));
  }
};

}  // namespace detail
}  // namespace adora
template <> struct fmt::formatter<adora::Description> : adora::detail::Formatter<adora::Description> {};

namespace adora {

/// Throws `Error` with a formatted text.
template <class... Args> [[noreturn]] void fail(fmt::format_string<Args...> text, Args&&... args) {
  detail::throw_error(text, fmt::make_format_args(args...));
}

/// Throws `Error` with a formatted text unless `ok`. The arguments are computed either way: give it what it formats (a
/// shape, a device, describe(x)), not a text made of that.
template <class... Args> void check(bool ok, fmt::format_string<Args...> text, Args&&... args) {
  if (!ok) [[unlikely]] {
    detail::throw_error(text, fmt::make_format_args(args...));
  }
}

}  // namespace adora
