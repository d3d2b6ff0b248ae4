#include "ops/truth.h"

#include "sample.h"

namespace adora::suite {
namespace {

/// Of 0, 1 and 2.
template <class F> auto samples_of(F f) {
  return [=](Generator& g) {
    auto over = [&](const char* what, Shape shape, Shape dims, bool keepdim = false) {
      return Sample{
          what, {to(sample_indices(g, shape, 3), float64)}, [=](const Tensors& in) { return f(in[0], dims, keepdim); }};
    };
    return std::vector<Sample>{over("everything", {2, 3}, {}), over("rows", {3, 4}, 1, true),
                               over("rows of none", {3, 0}, 1),
                               over("drawn sizes", {sample_size(g), sample_size(g)}, 0)};
  };
}
const Samples any_samples{"any", samples_of(any)};
const Samples all_samples{"all", samples_of(all)};

}  // namespace
}  // namespace adora::suite
