#pragma once
#include <cstddef>

/// The memory of the emulated device. With ADORA_EMULATOR_GUARD=1 it is closed to the program except while the device
/// itself computes or copies, so that host code that follows a device's pointer fails here as it would on a GPU.
namespace emulator {

/// Null where there is no more.
void* allocate(std::size_t bytes);
void release(void* data);

/// Opens the memory as long as it lives; one thread after the other, since the device does one thing at a time.
class DeviceAccess {
 public:
  DeviceAccess();
  ~DeviceAccess();
  DeviceAccess(const DeviceAccess&) = delete;
  DeviceAccess& operator=(const DeviceAccess&) = delete;
};

}  // namespace emulator
