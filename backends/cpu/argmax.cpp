#include "../argmax.h"

#include "parallel.h"
#include "strided_rows.h"

namespace adora::backends::cpu {
namespace {

template <class C, bool smallest> void run(const Tensor& x, const Tensor& out) {
  std::int64_t n = x.size(-1);
  parallel_for(count_rows(x), row_grain(n), [&](std::int64_t begin, std::int64_t end) {
    Rows<C> rows(x);
    Rows<std::int64_t> results(out);
    for (std::int64_t r = begin; r < end; ++r) {
      const C* row = rows.read(r);
      std::int64_t best = 0;
      for (std::int64_t i = 1; i < n && row[best] == row[best]; ++i) {
        const bool better = smallest ? row[i] < row[best] : row[i] > row[best];
        if (better || row[i] != row[i]) best = i;
      }
      *results.write(r) = best;
      results.written(r);
    }
  });
}

void argmax_cpu(const Tensor& x, const Tensor& out, bool smallest) {
  if (out.numel() == 0) return;
  auto as = [&]<class C>() { smallest ? run<C, true>(x, out) : run<C, false>(x, out); };
  if (is_floating(x.dtype())) visit_compute(x.dtype(), as);
  else as.template operator()<std::int64_t>();
}

[[maybe_unused]] const bool registered = argmax.on(DeviceType::cpu, argmax_cpu);

}  // namespace
}  // namespace adora::backends::cpu
