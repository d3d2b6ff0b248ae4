// Prints the devices that this build's tests run on, one a line.
#include "devices.h"

#include <cstdio>

int main() {
  for (const adora::Device& device : adora::test_devices()) std::puts(to_string(device).c_str());
}
