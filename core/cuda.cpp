#include "cuda.h"

#include "error.h"

namespace adora::cuda {
namespace {
// Constant, so that it is there before any static initializer of a backend runs.
constinit Backend installed{};
constinit bool tf32 = false, cudnn = false;
}  // namespace

int device_count() { return installed.device_count ? installed.device_count() : 0; }

void synchronize() {
  if (installed.synchronize) installed.synchronize();
}

void read(void* host, const void* device, std::size_t bytes) {
  backend("reading from a GPU").read(host, device, bytes);
}

const Backend& backend(const char* what) {
  check(installed.read != nullptr, "{}: this build has no CUDA backend", what);
  return installed;
}

bool tf32_allowed() { return tf32; }
void allow_tf32(bool allowed) { tf32 = allowed; }

bool cudnn_attention() { return cudnn; }
bool has_cudnn() { return installed.has_cudnn && installed.has_cudnn(); }
void use_cudnn_attention(bool use) {
  check(!use || has_cudnn(),
        "attention by cuDNN: the build has none, or libcudnn.so.9 is not to be found; configure with -Dcudnn=FOLDER,…, "
        "where the headers of cuDNN and of cudnn-frontend are");
  cudnn = use;
}

void install(const Backend& backend) { installed = backend; }

}  // namespace adora::cuda
