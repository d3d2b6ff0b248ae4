#include "../map.h"

#include "../strided.h"
#include "convert.h"
#include "parallel.h"

namespace adora::backends::cpu {
namespace {

constexpr std::int64_t chunk = 1024;  // numbers a loop sees at once: 4 KiB each operand, within the first cache
constexpr std::int64_t grain = 32768;

/// `C` is the type the loop computes in. Operand 0 is the output.
template <class C>
void run(const MapFunction& function, MapLoop<C> loop, const Tensor& out, std::span<const Tensor> inputs) {
  constexpr int most = StridedWalk::max_operands;
  const Layout* layouts[most] = {&out.layout()};
  bool direct[most];
  int operands = 1 + static_cast<int>(inputs.size());
  for (int k = 1; k < operands; ++k) layouts[k] = &inputs[static_cast<std::size_t>(k) - 1].layout();
  StridedWalk walk({layouts, static_cast<std::size_t>(operands)});
  auto operand = [&](int k) -> const Tensor& { return k ? inputs[static_cast<std::size_t>(k) - 1] : out; };
  for (int k = 0; k < operands; ++k) direct[k] = walk.linear(k) && operand(k).dtype() == dtype_of<C>();

  // Where rows are long and in place, as when a row is added to every row of a matrix, the loop runs on them directly.
  bool in_rows = walk.shape.back() >= 64 && walk.strides[0].back() == 1;
  for (int k = 0; in_rows && k < operands; ++k) {
    in_rows = operand(k).dtype() == dtype_of<C>() && static_cast<std::uint64_t>(walk.strides[k].back()) <= 1;
  }

  parallel_for(walk.numel, grain, [&](std::int64_t first, std::int64_t last) {
    alignas(64) C buffers[most][chunk];
    if (in_rows) {
      C* data[most];
      for (int k = 0; k < operands; ++k) data[k] = static_cast<C*>(operand(k).raw());
      walk.runs_of_all(first, last, [&](std::int64_t count, const std::int64_t* offsets) {
        for (std::int64_t done = 0; done < count; done += chunk) {
          std::int64_t n = std::min(chunk, count - done);
          const C* in[most];
          for (int k = 1; k < operands; ++k) {
            bool same = walk.strides[k].back() == 0;
            if (same && done == 0) std::fill_n(buffers[k], n, data[k][offsets[k]]);
            in[k - 1] = same ? buffers[k] : data[k] + offsets[k] + done;
          }
          loop(function.formula, in, data[0] + offsets[0] + done, n);
        }
      });
      return;
    }
    for (std::int64_t begin = first; begin < last; begin += chunk) {
      std::int64_t end = std::min(begin + chunk, last);
      const C* in[most];
      for (int k = 1; k < operands; ++k) {
        const Tensor& x = operand(k);
        if (direct[k]) {
          in[k - 1] = static_cast<const C*>(x.raw()) + begin;
          continue;
        }
        walk.runs(k, begin, end, [&](std::int64_t done, std::int64_t count, std::int64_t offset, std::int64_t stride) {
          load(element(x.raw(), x.dtype(), offset), x.dtype(), stride, buffers[k] + done, count);
        });
        in[k - 1] = buffers[k];
      }
      C* result = direct[0] ? static_cast<C*>(out.raw()) + begin : buffers[0];
      loop(function.formula, in, result, end - begin);
      if (direct[0]) continue;
      walk.runs(0, begin, end, [&](std::int64_t done, std::int64_t count, std::int64_t offset, std::int64_t stride) {
        store(buffers[0] + done, element(out.raw(), out.dtype(), offset), out.dtype(), stride, count);
      });
    }
  });
}

void map_cpu(const Tensor& out, const MapFunction& function, std::span<const Tensor> inputs) {
  const DType dtype = inputs[0].dtype();
  check(is_floating(dtype) || function.int_loop != nullptr,
        "{}: works on floating tensors, not on {}; convert with to(x, float32)", function.name, name(dtype));
  if (out.numel() == 0) return;
  if (dtype == float64) {
    run<double>(function, function.double_loop, out, inputs);
  } else if (is_floating(dtype)) {
    run<float>(function, function.float_loop, out, inputs);
  } else {
    run<std::int64_t>(function, function.int_loop, out, inputs);
  }
}

[[maybe_unused]] const bool registered = map.on(DeviceType::cpu, map_cpu);

}  // namespace
}  // namespace adora::backends::cpu
