#include "ops/mask.h"

#include "ops/compare.h"
#include "sample.h"

namespace adora::suite {
namespace {

Tensor sample_mask(Generator& g, const Shape& shape) { return to(sample_indices(g, shape, 2), boolean); }

const Samples masked_fill_samples{"masked_fill", [](Generator& g) {
                                    const Shape drawn = sample_shape(g);
                                    return std::vector<Sample>{
                                        {"drawn sizes",
                                         {sample_tensor(g, drawn), sample_mask(g, sample_broadcastable(g, drawn))},
                                         [](const Tensors& in) { return masked_fill(in[0], in[1], -2.5); }},
                                        {"with a number that has a gradient",
                                         {sample_tensor(g, {2, 3}), sample_mask(g, {2, 1}), sample_tensor(g, {})},
                                         [](const Tensors& in) { return masked_fill(in[0], in[1], in[2]); }}};
                                  }};

const Samples masked_select_samples{
    "masked_select", [](Generator& g) {
      const Shape drawn = sample_shape(g);
      auto run = [](const Tensors& in) { return masked_select(in[0], in[1]); };
      return std::vector<Sample>{
          {"drawn sizes", {sample_tensor(g, drawn), sample_mask(g, sample_broadcastable(g, drawn))}, run},
          {"both broadcast", {sample_tensor(g, {2, 1}), sample_mask(g, {3})}, run}};
    }};

const Samples nonzero_samples{"nonzero", [](Generator& g) {
                                auto run = [](const Tensors& in) {
                                  const Tensor& x = in[0];
                                  return nonzero(x.defined() ? less(x, zeros({}, x.dtype(), x.device())) : x);
                                };
                                return std::vector<Sample>{{"drawn sizes", {sample_tensor(g, sample_shape(g))}, run},
                                                           {"a number", {sample_tensor(g, {})}, run}};
                              }};

}  // namespace
}  // namespace adora::suite
