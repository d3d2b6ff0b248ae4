#include "../update.h"

namespace adora::backends::cuda {
namespace {

using List = std::span<const Tensor>;

void update_cuda(const UpdateFunction& function, List params, List gradients, List kept,
                 std::span<const void* const> formulas) {
  check(function.on_gpu != nullptr,
        "{}: its formula was compiled for the CPU alone; compile the file that has it with nvcc, or train on the CPU",
        function.name);
  check_update(function, params, gradients, kept, formulas.size());
  function.on_gpu(function, params, gradients, kept, formulas);
}

[[maybe_unused]] const bool registered = update.on(DeviceType::cuda, update_cuda);

}  // namespace
}  // namespace adora::backends::cuda
