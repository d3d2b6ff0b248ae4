#pragma once
#include <fmt/core.h>

#include <stdexcept>
#include <string>

namespace adora {

/// The one exception the library throws. Its text says what was wrong, with
/// which tensor, file or option, and what to do about it.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a device or a library on it reported; a kernel (backends/kernel.h) puts the operation and its tensors in front.
class DeviceError : public Error {
 public:
  using Error::Error;
};

/// Throws `Error` with a formatted text.
template <class... Args> [[noreturn]] void fail(fmt::format_string<Args...> text, Args&&... args) {
  throw Error(fmt::format(text, std::forward<Args>(args)...));
}

/// Throws `Error` with a formatted text unless `ok`.
template <class... Args> void check(bool ok, fmt::format_string<Args...> text, Args&&... args) {
  if (!ok) [[unlikely]] {
    throw Error(fmt::format(text, std::forward<Args>(args)...));
  }
}

}  // namespace adora
