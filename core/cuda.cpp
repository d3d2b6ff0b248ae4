#include "cuda.h"

#include "error.h"

namespace adora::cuda {
namespace {
// Constant, so that it is there before any static initializer of a backend runs.
constinit Backend installed{nullptr, nullptr, nullptr};
constinit bool tf32 = false;
}  // namespace

int device_count() { return installed.device_count ? installed.device_count() : 0; }

void synchronize() {
  if (installed.synchronize) installed.synchronize();
}

void read(void* host, const void* device, std::size_t bytes) {
  check(installed.read != nullptr, "reading from a GPU: this build has no CUDA backend");
  installed.read(host, device, bytes);
}

bool tf32_allowed() { return tf32; }
void allow_tf32(bool allowed) { tf32 = allowed; }

void install(const Backend& backend) { installed = backend; }

}  // namespace adora::cuda
