#include <vector>

#include "../basic.h"
#include "../dora.h"
#include "../gemm.h"
#include "../low_rank.h"
#include "../quantized.h"
#include "scratch.h"
#include "strided_rows.h"

namespace adora::backends::cpu {
namespace {

Tensor flip(const Tensor& x) { return x.with_layout(x.layout().transposed(0, 1)); }

/// The gradients of some columns from u itself, so many at a time that a product is worth it.
template <class C>
void from_u(const Tensor& x, const MagnitudeGradient& o, const std::vector<std::int64_t>& columns, double* gradient) {
  constexpr std::int64_t width = 128;
  const std::int64_t rows = x.size(0), total = static_cast<std::int64_t>(columns.size());
  auto fresh = [&](const Shape& shape) { return scratch_tensor(shape, x.dtype()); };
  for (std::int64_t first = 0; first < total; first += width) {
    const std::int64_t count = std::min(width, total - first);
    Tensor weight = fresh({count, x.size(1)}), g = fresh({rows, count}), u = fresh({rows, count});
    Tensor B = o.B.defined() ? fresh({count, o.B.size(1)}) : Tensor();
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t j = columns[static_cast<std::size_t>(first + i)];
      auto take = [&](const Tensor& from, const Tensor& to, int dim) {
        copy(from.with_layout(from.layout().sliced(dim, j, j + 1)), to.with_layout(to.layout().sliced(dim, i, i + 1)));
      };
      if (o.weight.is_quantized())
        dequantize(o.weight.quantized(), j, 0, weight.with_layout(weight.layout().sliced(0, i, i + 1)));
      else take(o.weight.plain(), weight, 0);
      take(o.g, g, 1);
      if (B.defined()) take(o.B, B, 0);
    }
    gemm(x, flip(weight), u, 1, 0);
    if (B.defined()) gemm(o.z.with_layout(o.z.layout().sliced(1, 0, B.size(1))), flip(B), u, o.scale, 1);
    auto sums = [&] { return scratch_tensor({count}, float64); };
    const OutputSide side{.g = g, .y = u, .dot = sums(), .size = sums(), .weight = sums()};
    output_side(g, side);
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t j = columns[static_cast<std::size_t>(first + i)];
      gradient[j] = side.dot.data<double>()[i] / static_cast<double>(o.norm.data<C>()[j]);
    }
  }
}

template <class C> void run(const Tensor& x, const MagnitudeGradient& o) {
  const std::int64_t columns = o.gradient.numel();
  const double *dot = o.dot.data<double>(), *size = o.size.data<double>(), *weights = o.weights.data<double>();
  std::vector<double> gradient(static_cast<std::size_t>(columns), 0.0);
  std::vector<std::int64_t> lost;
  for (std::int64_t j = 0; j < columns && x.size(0) > 0; ++j) {
    if (o.norm.data<C>()[j] == C(0) || weights[j] == 0) continue;
    const double bias = o.bias.defined() ? static_cast<double>(o.bias.data<C>()[j]) : 0;
    if (magnitude_is_lost(size[j], weights[j], bias, o.most_bias, o.least)) lost.push_back(j);
    else gradient[static_cast<std::size_t>(j)] = dot[j] / static_cast<double>(o.magnitude.data<C>()[j]);
  }
  if (!lost.empty()) from_u<C>(x, o, lost, gradient.data());
  for (std::int64_t j = 0; j < columns; ++j)
    o.gradient.data<C>()[j] = static_cast<C>(gradient[static_cast<std::size_t>(j)]);
}

void magnitude_gradient_cpu(const Tensor& x, const MagnitudeGradient& o) {
  visit_compute(x.dtype(), [&]<class C>() { run<C>(x, o); });
}

[[maybe_unused]] const bool registered = magnitude_gradient.on(DeviceType::cpu, magnitude_gradient_cpu);

}  // namespace
}  // namespace adora::backends::cpu
