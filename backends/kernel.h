#pragma once
#include <span>
#include <type_traits>

#include "../core/tensor.h"

namespace adora::backends {

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
    check(function != nullptr, "{}: there is no kernel for {}; move the tensors to the CPU with to(x, cpu)", name_,
          first ? first->device() : cpu);
    try {
      function(args...);
    } catch (const DeviceError& error) {
      Tensors tensors;
      (collect(tensors, args), ...);
      fail("{} of {}: {}", name_, describe(tensors), error.what());
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
      if (!arg.defined()) return;
      if (!first) first = &arg;
      check(arg.device() == first->device(), "{}: tensors lie on {} and on {}; move one with to(x, device)", name_,
            first->device(), arg.device());
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
