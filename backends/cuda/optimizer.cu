#include "../optimizer.h"

#include <initializer_list>

#include "../basic.h"
#include "../optimizer_step.h"
#include "packs.h"

namespace adora::backends::cuda {
namespace {

/// `groups` times `width` elements; gradients are of type G.
template <class T, class G, int width>
__global__ void adamw_kernel(Pack<T, width>* param, const Pack<G, width>* gradient, Pack<T, width>* m,
                             Pack<T, width>* v, const AdamWNumbers<T> step, std::int64_t groups) {
  for (std::int64_t i = global_thread(); i < groups; i += global_threads()) {
    Pack<T, width> p = param[i], mean = m[i], square = v[i];
    const Pack<G, width> g = gradient[i];
#pragma unroll
    for (int k = 0; k < width; ++k) {
      step.update(p.value[k], static_cast<T>(g.value[k]), mean.value[k], square.value[k]);
    }
    param[i] = p, m[i] = mean, v[i] = square;
  }
}

/// The same; `velocity` may be null.
template <class T, class G, int width>
__global__ void sgd_kernel(Pack<T, width>* param, const Pack<G, width>* gradient, Pack<T, width>* velocity,
                           const SgdNumbers<T> step, std::int64_t groups) {
  for (std::int64_t i = global_thread(); i < groups; i += global_threads()) {
    Pack<T, width> p = param[i], past{};
    const Pack<G, width> g = gradient[i];
    if (velocity && !step.first) past = velocity[i];
#pragma unroll
    for (int k = 0; k < width; ++k)
      step.update(p.value[k], static_cast<T>(g.value[k]), velocity ? &past.value[k] : nullptr);
    param[i] = p;
    if (velocity) velocity[i] = past;
  }
}

/// Calls step.operator()<T, G, width>(gradient, groups) with the types of a parameter and of a gradient that may have
/// to be converted, for groups of four where all of `parts` allow it.
template <class Step>
void visit_step(const Tensor& param, const Tensor& given, std::initializer_list<const Tensor*> parts,
                const Step& step) {
  if (param.numel() == 0) return;
  const bool half = given.dtype() == bfloat16 || given.dtype() == float16;
  Tensor gradient = given;
  if (!given.is_contiguous() || (given.dtype() != param.dtype() && !(half && param.dtype() == float32))) {
    gradient = empty_like(param);
    copy(given, gradient);
  }
  auto run = [&]<class T, class G>() {
    bool in_fours = lies_in_fours<T>(param) && lies_in_fours<G>(gradient);
    for (const Tensor* part : parts) in_fours = in_fours && (!part->defined() || lies_in_fours<T>(*part));
    if (in_fours) step.template operator()<T, G, 4>(gradient, param.numel() / 4);
    else step.template operator()<T, G, 1>(gradient, param.numel());
  };
  if (param.dtype() == float64) run.template operator()<double, double>();
  else if (gradient.dtype() == bfloat16) run.template operator()<float, bf16>();
  else if (gradient.dtype() == float16) run.template operator()<float, f16>();
  else run.template operator()<float, float>();
}

template <class T, int width> Pack<T, width>* runs(const Tensor& x) {
  return x.defined() ? static_cast<Pack<T, width>*>(x.raw()) : nullptr;
}

void adamw_cuda(const Tensor& param, const Tensor& gradient, const Tensor& m, const Tensor& v, const AdamWStep& step) {
  check_parts("adamw", param, {&m, &v});
  visit_step(param, gradient, {&m, &v}, [&]<class T, class G, int width>(const Tensor& g, std::int64_t groups) {
    launch(adamw_kernel<T, G, width>, blocks_for(groups), block_threads, 0, runs<T, width>(param), runs<G, width>(g),
           runs<T, width>(m), runs<T, width>(v), AdamWNumbers<T>(step), groups);
  });
}

void sgd_cuda(const Tensor& param, const Tensor& gradient, const Tensor& velocity, const SgdStep& step) {
  if (velocity.defined()) check_parts("sgd", param, {&velocity});
  else check_parts("sgd", param, {});
  visit_step(param, gradient, {&velocity}, [&]<class T, class G, int width>(const Tensor& g, std::int64_t groups) {
    launch(sgd_kernel<T, G, width>, blocks_for(groups), block_threads, 0, runs<T, width>(param), runs<G, width>(g),
           runs<T, width>(velocity), SgdNumbers<T>(step), groups);
  });
}

[[maybe_unused]] const bool registered = adamw.on(DeviceType::cuda, adamw_cuda) && sgd.on(DeviceType::cuda, sgd_cuda);

}  // namespace
}  // namespace adora::backends::cuda
