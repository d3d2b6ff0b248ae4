#include "../search_sorted.h"

#include "../search_formula.h"
#include "parallel.h"

namespace adora::backends::cpu {
namespace {

void search_sorted_cpu(const Tensor& sequence, const Tensor& values, const Tensor& out, bool right) {
  const std::int64_t n = sequence.size(-1), m = values.size(-1), row = sequence.size(0) == 1 ? 0 : n;
  visit(sequence.dtype(), [&]<class T>() {
    const T *numbers = sequence.data<T>(), *wanted = values.data<T>();
    std::int64_t* to = out.data<std::int64_t>();
    parallel_for(values.numel(), 1024, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) to[i] = search_row(numbers + i / m * row, n, wanted[i], right);
    });
  });
}

[[maybe_unused]] const bool registered = search_sorted.on(DeviceType::cpu, search_sorted_cpu);

}  // namespace
}  // namespace adora::backends::cpu
