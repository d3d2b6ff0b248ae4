#pragma once
#include "../update.h"
#include "narrow.h"
#include "packs.h"
#include "parts.h"

/// Optimizers' steps on the GPU: the kernels of a formula. Included by update.h where the file that has the formula is
/// compiled for the GPU, and by nothing else.
namespace adora::backends::cuda {

inline constexpr int update_rounds = 4;  ///< of a block's threads over its stretch
inline constexpr std::int64_t update_stretch = update_rounds * block_threads;
inline constexpr int most_formulas = 4;  ///< of a launch: parameters that have taken as many steps share one

/// One parameter's tensors and which of the launch's formulas it takes.
template <class T, class G, int kept> struct UpdatedPart {
  T* param;
  const G* gradient;
  T* held[kept == 0 ? 1 : kept];
  std::int64_t groups;
  int formula;
};

template <class T, class G, int kept>
inline constexpr int most_updated = static_cast<int>(31200 / (sizeof(UpdatedPart<T, G, kept>) + sizeof(int)));

/// Parameters of one kind and their formulas, as a kernel's argument.
template <class T, class G, int kept, class F> struct UpdatedParts {
  PartTable<UpdatedPart<T, G, kept>, most_updated<T, G, kept>> table;
  int different = 0;
  F formulas[most_formulas];
};

template <int width, class T, class G, class F, int... I>
__device__ void update_group(const F& formula, const UpdatedPart<T, G, sizeof...(I)>& part, std::int64_t i,
                             std::integer_sequence<int, I...>) {
  using Wide = Pack<T, width>;
  Wide p = reinterpret_cast<const Wide*>(part.param)[i];
  const auto g = reinterpret_cast<const Pack<G, width>*>(part.gradient)[i];
  Wide held[sizeof...(I) + 1] = {reinterpret_cast<const Wide*>(part.held[I])[i]..., Wide{}};
#pragma unroll
  for (int k = 0; k < width; ++k) formula(p.value[k], static_cast<T>(g.value[k]), held[I].value[k]...);
  reinterpret_cast<Wide*>(part.param)[i] = p;
  ((reinterpret_cast<Wide*>(part.held[I])[i] = held[I]), ...);
}

/// Each block takes a stretch of one part, `width` numbers at a time; gradients are of type G.
template <int width, class T, class G, int kept, class F>
__global__ void update_kernel(const __grid_constant__ UpdatedParts<T, G, kept, F> all) {
  const int which = all.table.of_block(static_cast<int>(blockIdx.x));
  const UpdatedPart<T, G, kept>& part = all.table.part[which];
  const F& formula = all.formulas[part.formula];
  const std::int64_t begin =
      (static_cast<int>(blockIdx.x) - all.table.first_block[which]) * update_stretch + threadIdx.x;
  for (std::int64_t i = begin; i < part.groups && i < begin + update_stretch; i += block_threads)
    update_group<width>(formula, part, i, std::make_integer_sequence<int, kept>());
}

/// Launches what was added, as soon as no more fits and at the end.
template <int width, class T, class G, int kept, class F> class Updates {
 public:
  void add(UpdatedPart<T, G, kept> part, const F& formula, std::int64_t count) {
    if (all_.table.full()) run();
    part.formula = find(formula);
    if (part.formula == most_formulas) run(), part.formula = 0;
    if (part.formula == all_.different) all_.formulas[all_.different++] = formula;
    part.groups = count / width;
    all_.table.add(part, (part.groups + update_stretch - 1) / update_stretch);
  }
  void run() {
    launch(update_kernel<width, T, G, kept, F>, dim3(static_cast<unsigned>(all_.table.blocks())), block_threads, 0,
           all_);
    all_.table.clear();
    all_.different = 0;
  }

 private:
  int find(const F& formula) const {
    int i = 0;
    while (i < all_.different && !(all_.formulas[i] == formula)) ++i;
    return i;
  }
  UpdatedParts<T, G, kept, F> all_{};
};

/// The gradient as the kernels take it: row by row, of the parameter's dtype or, beside float32, of a half type.
inline Tensor matching_gradient(const Tensor& gradient, const Tensor& param) {
  const bool half = gradient.dtype() == bfloat16 || gradient.dtype() == float16;
  if (half && param.dtype() == float32) return contiguous(gradient);
  return as(contiguous(gradient), param.dtype());
}

/// As the kernel `update` promises.
template <template <class> class Formula, int kept>
void update_on_gpu(const UpdateFunction&, std::span<const Tensor> params, std::span<const Tensor> gradients,
                   std::span<const Tensor> held, std::span<const void* const> formulas) {
  const std::size_t count = params.size();
  Tensors given;
  for (std::size_t i = 0; i < count; ++i) given.push_back(matching_gradient(gradients[i], params[i]));
  auto in_fours = [&]<class T, class G>(std::size_t i) {
    bool all = lies_in_fours<T>(params[i]) && lies_in_fours<G>(given[i]);
    for (std::size_t k = i; k < held.size(); k += count) all = all && lies_in_fours<T>(held[k]);
    return all;
  };
  auto those_of = [&]<int width, class T, class G>() {
    Updates<width, T, G, kept, Formula<T>> updates;
    for (std::size_t i = 0; i < count; ++i) {
      if (params[i].dtype() != dtype_of<T>() || given[i].dtype() != dtype_of<G>()) continue;
      if (in_fours.template operator()<T, G>(i) != (width == 4)) continue;
      UpdatedPart<T, G, kept> part{params[i].template data<T>(), given[i].template data<G>(), {}, 0, 0};
      for (int k = 0; k < kept; ++k) part.held[k] = held[static_cast<std::size_t>(k) * count + i].template data<T>();
      updates.add(part, *static_cast<const Formula<T>*>(formulas[i]), params[i].numel());
    }
    updates.run();
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

}  // namespace adora::backends::cuda
