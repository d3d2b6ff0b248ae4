#include "../optimizer.h"

#include "../basic.h"
#include "../optimizer_step.h"
#include "narrow.h"
#include "packs.h"
#include "parts.h"

namespace adora::backends::cuda {
namespace {

using List = std::span<const Tensor>;

constexpr int most_parts = 600, most_steps = 4;  ///< of a launch
constexpr int rounds = 4;                        ///< of a block's threads over its stretch
constexpr std::int64_t stretch = rounds * block_threads;

/// One parameter's tensors and which of the launch's steps it takes. What the step does not read is null.
template <class T, class G> struct SteppedPart {
  T* param;
  const G* gradient;
  T* first;
  T* second;
  std::int64_t groups;
  int step;
};

/// A step of one number that keeps two for the next.
template <class T> struct AdamWOnDevice {
  AdamWNumbers<T> numbers;
  bool operator==(const AdamWOnDevice&) const = default;
  __device__ void operator()(T& param, T gradient, T& m, T& v) const { numbers.update(param, gradient, m, v); }
};
/// And one that keeps one or none.
template <class T> struct SgdOnDevice {
  SgdNumbers<T> numbers;
  bool remembers;
  bool operator==(const SgdOnDevice&) const = default;
  __device__ void operator()(T& param, T gradient, T& velocity, T&) const {
    numbers.update(param, gradient, remembers ? &velocity : nullptr);
  }
};

/// Parameters of one kind and their steps: parameters that have taken different numbers of steps take different ones.
template <class T, class G, class Step> struct Stepping {
  PartTable<SteppedPart<T, G>, most_parts> table;
  int different = 0;
  Step steps[most_steps];
};

/// Each block takes a stretch of one part, `width` numbers at a time; gradients are of type G.
template <int width, class T, class G, class Step>
__global__ void step_kernel(const __grid_constant__ Stepping<T, G, Step> all) {
  const int which = all.table.of_block(static_cast<int>(blockIdx.x));
  const SteppedPart<T, G>& part = all.table.part[which];
  const Step& step = all.steps[part.step];
  using Wide = Pack<T, width>;
  const std::int64_t begin = (static_cast<int>(blockIdx.x) - all.table.first_block[which]) * stretch + threadIdx.x;
  for (std::int64_t i = begin; i < part.groups && i < begin + stretch; i += block_threads) {
    Wide p = reinterpret_cast<const Wide*>(part.param)[i], first{}, second{};
    const auto g = reinterpret_cast<const Pack<G, width>*>(part.gradient)[i];
    if (part.first) first = reinterpret_cast<const Wide*>(part.first)[i];
    if (part.second) second = reinterpret_cast<const Wide*>(part.second)[i];
#pragma unroll
    for (int k = 0; k < width; ++k) step(p.value[k], static_cast<T>(g.value[k]), first.value[k], second.value[k]);
    reinterpret_cast<Wide*>(part.param)[i] = p;
    if (part.first) reinterpret_cast<Wide*>(part.first)[i] = first;
    if (part.second) reinterpret_cast<Wide*>(part.second)[i] = second;
  }
}

/// Launches what was added, as soon as no more fits and at the end.
template <int width, class T, class G, class Step> class Steps {
 public:
  void add(SteppedPart<T, G> part, const Step& step, std::int64_t count) {
    if (all_.table.full()) run();
    part.step = find(step);
    if (part.step == most_steps) run(), part.step = 0;
    if (part.step == all_.different) all_.steps[all_.different++] = step;
    part.groups = count / width;
    all_.table.add(part, (part.groups + stretch - 1) / stretch);
  }
  void run() {
    launch(step_kernel<width, T, G, Step>, dim3(static_cast<unsigned>(all_.table.blocks())), block_threads, 0, all_);
    all_.table.clear();
    all_.different = 0;
  }

 private:
  int find(const Step& step) const {
    int i = 0;
    while (i < all_.different && !(all_.steps[i] == step)) ++i;
    return i;
  }
  Stepping<T, G, Step> all_{};
};

/// The gradient as the kernels take it: row by row, of the parameter's dtype or, beside float32, of a half type.
Tensor matching(const Tensor& gradient, const Tensor& param) {
  const bool half = gradient.dtype() == bfloat16 || gradient.dtype() == float16;
  if (half && param.dtype() == float32) return contiguous(gradient);
  return as(contiguous(gradient), param.dtype());
}

/// Steps of all parameters, those of one kind together; step.operator()<T>(i) is that of parameter i, and first and
/// second what is kept for it, where anything is.
template <class MakeStep> void step_all(List params, List gradients, List first, List second, const MakeStep& step) {
  Tensors given;
  for (std::size_t i = 0; i < params.size(); ++i) given.push_back(matching(gradients[i], params[i]));
  auto in_fours = [&]<class T, class G>(std::size_t i) {
    return lies_in_fours<T>(params[i]) && lies_in_fours<G>(given[i]) && (first.empty() || lies_in_fours<T>(first[i])) &&
           (second.empty() || lies_in_fours<T>(second[i]));
  };
  auto those_of = [&]<int width, class T, class G>() {
    Steps<width, T, G, decltype(step.template operator()<T>(0))> steps;
    for (std::size_t i = 0; i < params.size(); ++i) {
      if (params[i].dtype() != dtype_of<T>() || given[i].dtype() != dtype_of<G>()) continue;
      if (in_fours.template operator()<T, G>(i) != (width == 4)) continue;
      steps.add({params[i].template data<T>(), given[i].template data<G>(),
                 first.empty() ? nullptr : first[i].template data<T>(),
                 second.empty() ? nullptr : second[i].template data<T>(), 0, 0},
                step.template operator()<T>(i), params[i].numel());
    }
    steps.run();
  };
  auto of_kind = [&]<class T, class G>() {
    those_of.template operator()<4, T, G>();
    those_of.template operator()<1, T, G>();
  };
  of_kind.template operator()<float, float>();
  of_kind.template operator()<float, bf16>();
  of_kind.template operator()<float, f16>();
  of_kind.template operator()<double, double>();
}

void adamw_cuda(List params, List gradients, List m, List v, std::span<const AdamWStep> steps) {
  check_parts("adamw", params, gradients, {m, v}, steps.size());
  step_all(params, gradients, m, v,
           [&]<class T>(std::size_t i) { return AdamWOnDevice<T>{AdamWNumbers<T>(steps[i])}; });
}

void sgd_cuda(List params, List gradients, List velocities, std::span<const SgdStep> steps) {
  if (velocities.empty()) check_parts("sgd", params, gradients, {}, steps.size());
  else check_parts("sgd", params, gradients, {velocities}, steps.size());
  step_all(params, gradients, velocities, {}, [&]<class T>(std::size_t i) {
    return SgdOnDevice<T>{SgdNumbers<T>(steps[i]), !velocities.empty()};
  });
}

[[maybe_unused]] const bool registered = adamw.on(DeviceType::cuda, adamw_cuda) && sgd.on(DeviceType::cuda, sgd_cuda);

}  // namespace
}  // namespace adora::backends::cuda
