// The device that ADORA_TEST_DEVICE names is where the tests make their tensors.
#include "../devices.h"

namespace {
[[maybe_unused]] const adora::DefaultDevice chosen(adora::test_devices().front());
}
