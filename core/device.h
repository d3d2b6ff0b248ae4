#pragma once
#include <cstdint>
#include <ostream>
#include <string>
#include <utility>

#include "error.h"

namespace adora {

/// The kind of device whose memory a tensor lies in. `meta` is the shape-only device: its tensors
/// have a shape and a dtype but no memory, and kernels on them do nothing; it
/// serves to count parameters and to learn output shapes.
enum class DeviceType : std::uint8_t { cpu, cuda, meta };
inline constexpr int device_types = 3;

struct Device {
  DeviceType type = DeviceType::cpu;
  int index = 0;
  friend bool operator==(const Device&, const Device&) = default;
};

inline constexpr Device cpu{DeviceType::cpu, 0};
inline constexpr Device cuda_device{DeviceType::cuda, 0};
inline constexpr Device meta{DeviceType::meta, 0};

namespace detail {
inline constinit thread_local Device default_device = cpu;
}
/// The device of tensors that this thread makes without naming one: the CPU, or that of a `DefaultDevice`.
inline Device default_device() { return detail::default_device; }

/// Makes another device the default as long as it lives, for the thread it lives on.
class DefaultDevice {
 public:
  explicit DefaultDevice(Device device) : before_(std::exchange(detail::default_device, device)) {}
  ~DefaultDevice() { detail::default_device = before_; }
  DefaultDevice(const DefaultDevice&) = delete;
  DefaultDevice& operator=(const DefaultDevice&) = delete;

 private:
  Device before_;
};

/// "cpu", "cuda:0", "meta"
inline std::string to_string(Device device) {
  switch (device.type) {
    case DeviceType::cpu: return "cpu";
    case DeviceType::cuda: return "cuda:" + std::to_string(device.index);
    case DeviceType::meta: return "meta";
  }
  return "?";
}
inline std::ostream& operator<<(std::ostream& out, Device device) { return out << to_string(device); }

}  // namespace adora
template <> struct fmt::formatter<adora::Device> : adora::detail::Formatter<adora::Device> {};
