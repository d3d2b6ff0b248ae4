#include "map_taylor.h"

namespace adora::backends {
namespace {

template <class T> void loop(const void* given, const T* const* in, T* out, std::int64_t n) {
  const auto& derivative = *static_cast<const TaylorDerivative*>(given);
  const math::Orders& orders = derivative.orders;
  math::Taylor x[3]{math::Taylor(0), math::Taylor(0), math::Taylor(0)}, y(0);
  for (std::int64_t i = 0; i < n; ++i) {
    for (int k = 0; k < derivative.arity; ++k) x[k] = math::Taylor(static_cast<double>(in[1 + k][i]), k, orders);
    derivative.computed(derivative.formula, x, y);
    out[i] = static_cast<T>(static_cast<double>(in[0][i]) * math::derivative(y, orders));
  }
}

}  // namespace

MapFunction map_function(const char* name, const TaylorDerivative& derivative) {
  return {name, &derivative, loop<float>, loop<double>, nullptr, derivative.on_gpu};
}

}  // namespace adora::backends
