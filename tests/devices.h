#pragma once
#include <cstdlib>
#include <string>
#include <vector>

#include "core/cuda.h"
#include "core/device.h"

namespace adora {

/// Where tests run: on every device there is, or on the one that ADORA_TEST_DEVICE names, cpu or cuda.
inline std::vector<Device> test_devices() {
  const char* variable = std::getenv("ADORA_TEST_DEVICE");
  const std::string only = variable ? variable : "";
  std::vector<Device> devices;
  if (only.empty() || only == "cpu") devices.push_back(cpu);
  if ((only.empty() && cuda::device_count() > 0) || only == "cuda") devices.push_back(cuda_device);
  return devices;
}

}  // namespace adora
