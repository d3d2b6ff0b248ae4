#include "../update.h"

#include "../basic.h"
#include "parallel.h"

namespace adora::backends::cpu {
namespace {

using List = std::span<const Tensor>;
constexpr std::int64_t grain = 16384;

/// The gradient in the parameter's dtype and row by row.
Tensor matching(const Tensor& gradient, const Tensor& param) {
  if (gradient.dtype() == param.dtype() && gradient.is_contiguous()) return gradient;
  Tensor converted = empty_like(param);
  copy(gradient, converted);
  return converted;
}

template <class T>
void run(UpdateLoop<T> loop, int kept, const void* formula, const Tensor& param, const Tensor& gradient,
         const Tensor* const* held) {
  T* p = param.data<T>();
  const T* g = gradient.data<T>();
  parallel_for(param.numel(), grain, [&](std::int64_t begin, std::int64_t end) {
    T* own[most_kept] = {};
    for (int k = 0; k < kept; ++k) own[k] = held[k]->template data<T>() + begin;
    loop(formula, p + begin, g + begin, own, end - begin);
  });
}

void update_cpu(const UpdateFunction& function, List params, List gradients, List kept,
                std::span<const void* const> formulas) {
  check_update(function, params, gradients, kept, formulas.size());
  for (std::size_t i = 0; i < params.size(); ++i) {
    const Tensor g = matching(gradients[i], params[i]);
    const Tensor* held[most_kept] = {};
    for (int k = 0; k < function.kept; ++k) held[k] = &kept[static_cast<std::size_t>(k) * params.size() + i];
    if (g.dtype() == float32) run<float>(function.float_loop, function.kept, formulas[i], params[i], g, held);
    else run<double>(function.double_loop, function.kept, formulas[i], params[i], g, held);
  }
}

[[maybe_unused]] const bool registered = update.on(DeviceType::cpu, update_cpu);

}  // namespace
}  // namespace adora::backends::cpu
