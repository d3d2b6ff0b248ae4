#include "cuda.h"

namespace adora::cuda {
namespace {
// Constant, so that it is there before any static initializer of a backend runs.
constinit Backend installed{nullptr, nullptr};
constinit bool tf32 = false;
}  // namespace

int device_count() { return installed.device_count ? installed.device_count() : 0; }

void synchronize() {
  if (installed.synchronize) installed.synchronize();
}

bool tf32_allowed() { return tf32; }
void allow_tf32(bool allowed) { tf32 = allowed; }

void install(const Backend& backend) { installed = backend; }

}  // namespace adora::cuda
