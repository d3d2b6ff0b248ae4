#include "../loops.h"
#include "dropout_mask.h"
#include "parallel.h"

namespace adora::backends::cpu {
namespace {

void dropout_cpu(const Tensor& x, const Tensor& out, const DropoutMask& mask) {
  visit_floating("dropout", x.dtype(), [&]<class T>() {
    using C = Compute<T>;
    const T* from = static_cast<const T*>(x.raw());
    T* to = static_cast<T*>(out.raw());
    parallel_for(x.numel(), 8192, [&](std::int64_t begin, std::int64_t end) {
      for_each_masked<C>(mask, begin, end, [&](std::int64_t first, std::int64_t count, const C* factors) {
        ADORA_INDEPENDENT
        for (std::int64_t i = 0; i < count; ++i) {
          C value = static_cast<C>(from[first + i]);
          // Not the product alone: what is dropped is 0 even where x is infinite.
          to[first + i] = static_cast<T>(factors[i] == C(0) ? C(0) : value * factors[i]);
        }
      });
    });
  });
}

[[maybe_unused]] const bool registered = dropout.on(DeviceType::cpu, dropout_cpu);

}  // namespace
}  // namespace adora::backends::cpu
