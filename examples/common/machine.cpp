#include "machine.h"

#include <omp.h>

namespace adora::programs {

void Machine::add_options(Options& options) {
  options.choice("--device", device, {"cpu", "cuda"}, "where to compute");
  options.choice("--dtype", dtype, {"f32", "bf16"},
                 dtype.empty() ? "what weights are stored in (default: each as in the model's files)"
                               : "what weights are stored in");
  options.integer("--threads", threads, {.low = 1, .high = 1024}, "of the CPU (default: all cores)");
}

void Machine::apply() const {
  check(device == "cpu", "--device {}: the programs do not compute on a GPU yet; take --device cpu", device);
  if (threads) omp_set_num_threads(static_cast<int>(*threads));
}

}  // namespace adora::programs
