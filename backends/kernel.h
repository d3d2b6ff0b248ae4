#pragma once
#include <span>
#include <type_traits>

#include "../core/tensor.h"

namespace adora::backends {

namespace detail {
// These three are the same for every kernel, so they are compiled once.
/// Makes `tensor` the first one where there is none; an error where it lies on another device than that.
void same_device(const char* name, const Tensor*& first, const Tensor& tensor);
/// The error that there is no kernel for the device of `first` (of the CPU where that is null).
[[noreturn]] void no_kernel(const char* name, const Tensor* first);
/// Throws the device's error with the operation's name and its tensors in front.
[[noreturn]] void device_failed(const char* name, const Tensors& tensors, const DeviceError& error);
}  // namespace detail

/// One operation on plain tensors with an implementation for each device that has one. Calling it runs the
/// implementation for the device its tensors lie on; on the shape-only device it does nothing. What a device reports
/// becomes an `Error` with the operation's name and its tensors. An implementation registers itself with
/// `on`, so a build without a backend needs no stand-ins for it.
template <class... Args> class Kernel {
 public:
  using Function = void (*)(Args...);
  constexpr explicit Kernel(const char* name) : name_(name) {}

  void operator()(Args... args) const {
    const Tensor* first = nullptr;
    (same_device(first, args), ...);
    DeviceType type = first ? first->device().type : DeviceType::cpu;
    if (type == DeviceType::meta) return;
    Function function = functions_[static_cast<int>(type)];
    if (!function) detail::no_kernel(name_, first);
    try {
      function(args...);
    } catch (const DeviceError& error) {
      Tensors tensors;
      (collect(tensors, args), ...);
      detail::device_failed(name_, tensors, error);
    }
  }

  /// Sets the implementation for one kind of device; true, so that a static variable can call it.
  bool on(DeviceType type, Function function) {
    functions_[static_cast<int>(type)] = function;
    return true;
  }

 private:
  template <class T> void same_device(const Tensor*& first, const T& arg) const {
    if constexpr (std::is_same_v<T, Tensor>) {
      detail::same_device(name_, first, arg);
    } else if constexpr (std::is_same_v<T, std::span<const Tensor>>) {
      for (const Tensor& tensor : arg) same_device(first, tensor);
    }
  }

  template <class T> static void collect(Tensors& tensors, const T& arg) {
    if constexpr (std::is_same_v<T, Tensor>) {
      if (arg.defined()) tensors.push_back(arg);
    } else if constexpr (std::is_same_v<T, std::span<const Tensor>>) {
      tensors.insert(tensors.end(), arg.begin(), arg.end());
    }
  }

  const char* name_;
  Function functions_[device_types] = {};
};

}  // namespace adora::backends
