#include "update.h"

namespace adora::backends {

void check_update(const UpdateFunction& function, std::span<const Tensor> params, std::span<const Tensor> gradients,
                  std::span<const Tensor> kept, std::size_t formulas) {
  const char* op = function.name;
  const std::size_t count = params.size();
  check(gradients.size() == count && formulas == count, "{}: {} parameters, {} gradients and {} steps", op, count,
        gradients.size(), formulas);
  check(kept.size() == count * static_cast<std::size_t>(function.kept),
        "{}: the optimizer keeps {} tensors for {} parameters", op, kept.size(), count);
  for (std::size_t i = 0; i < count; ++i) {
    const Tensor& param = params[i];
    check(param.dtype() == float32 || param.dtype() == float64, "{}: steps are taken in float32 or float64, not in {}",
          op, name(param.dtype()));
    check(param.is_contiguous(), "{}: the parameter {} must lie row by row", op, describe(param));
    check(gradients[i].shape() == param.shape(), "{}: the gradient {} is not of the parameter {}", op,
          describe(gradients[i]), describe(param));
    for (std::size_t k = i; k < kept.size(); k += count)
      check(kept[k].shape() == param.shape() && kept[k].dtype() == param.dtype() && kept[k].is_contiguous(),
            "{}: the optimizer keeps {} for the parameter {}", op, describe(kept[k]), describe(param));
  }
}

}  // namespace adora::backends
