#include "../map.h"

namespace adora::backends::cuda {
namespace {

void map_cuda(const Tensor& out, const MapFunction& function, std::span<const Tensor> inputs) {
  check(function.on_gpu != nullptr,
        "{}: its formula was compiled for the CPU alone; compile the file that has it with nvcc, or compute it on the "
        "CPU",
        function.name);
  function.on_gpu(out, function, inputs);
}

[[maybe_unused]] const bool registered = map.on(DeviceType::cuda, map_cuda);

}  // namespace
}  // namespace adora::backends::cuda
