#include "machine.h"

#include "../../core/cuda.h"
#include "../../core/threads.h"

namespace adora::programs {

void Machine::add_options(Options& options) {
  options.choice("--device", device, {"cpu", "cuda"}, "where to compute");
  options.choice("--dtype", dtype, {"f32", "bf16"},
                 dtype.empty() ? "what weights are stored in (default: each as in the model's files)"
                               : "what weights are stored in");
  options.integer("--threads", threads, {.low = 1, .high = 1024}, "of the CPU (default: all cores)");
}

std::vector<std::string> Machine::arguments() const {
  std::vector<std::string> arguments;
  const Machine usual;
  if (device != usual.device) arguments.push_back("--device=" + device);
  if (dtype != usual.dtype) arguments.push_back("--dtype=" + dtype);
  if (threads) arguments.push_back(fmt::format("--threads={}", *threads));
  return arguments;
}

void Machine::apply() const {
  check(device == "cpu" || cuda::device_count() > 0,
        "--device {}: there is no GPU that this build can compute on; take --device cpu", device);
  if (threads) set_num_threads(static_cast<int>(*threads));
}

WeightOptions Machine::weights() const {
  return {.dtype = dtype == "bf16" ? bfloat16 : float32, .device = device == "cuda" ? cuda_device : cpu};
}

}  // namespace adora::programs
