#include "kernel.h"

namespace adora::backends::detail {

void same_device(const char* name, const Tensor*& first, const Tensor& tensor) {
  if (!tensor.defined()) return;
  if (!first) first = &tensor;
  check(tensor.device() == first->device(), "{}: tensors lie on {} and on {}; move one with to(x, device)", name,
        first->device(), tensor.device());
}

void no_kernel(const char* name, const Tensor* first) {
  fail("{}: there is no kernel for {}; move the tensors to the CPU with to(x, cpu)", name,
       first ? first->device() : cpu);
}

void device_failed(const char* name, const Tensors& tensors, const DeviceError& error) {
  fail("{} of {}: {}", name, describe(tensors), error.what());
}

}  // namespace adora::backends::detail
