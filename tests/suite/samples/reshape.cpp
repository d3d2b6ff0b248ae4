#include "ops/reshape.h"

#include "ops/arithmetic.h"
#include "sample.h"

namespace adora::suite {
namespace {

std::vector<Sample> one(Generator& g, const Shape& shape, std::function<Tensor(const Tensor&)> f) {
  return {{"drawn numbers", {sample_tensor(g, shape)}, [f = std::move(f)](const Tensors& in) { return f(in[0]); }}};
}

const Samples flatten_samples{
    "flatten", [](Generator& g) {
      const Shape drawn = sample_shape(g, 0);
      return std::vector<Sample>{
          {"drawn sizes", {sample_tensor(g, drawn)}, [](const Tensors& in) { return flatten(in[0]); }},
          {"the inner ones", {sample_tensor(g, {2, 3, 2, 2})}, [](const Tensors& in) {
             return flatten(in[0], 1, -2);
           }}};
    }};
const Samples unflatten_samples{"unflatten", [](Generator& g) {
                                  return one(g, {2, 6}, [](const Tensor& x) { return unflatten(x, -1, {3, -1}); });
                                }};
const Samples movedim_samples{"movedim", [](Generator& g) {
                                return one(g, {2, 3, 4}, [](const Tensor& x) { return movedim(x, {0, 2}, {-1, 0}); });
                              }};
const Samples swapaxes_samples{"swapaxes", [](Generator& g) {
                                 return one(g, {2, 3, 4}, [](const Tensor& x) { return swapaxes(x, 0, -1); });
                               }};
const Samples atleast_1d_samples{"atleast_1d", [](Generator& g) { return one(g, {}, atleast_1d); }};
const Samples atleast_2d_samples{"atleast_2d", [](Generator& g) { return one(g, {3}, atleast_2d); }};
const Samples atleast_3d_samples{"atleast_3d", [](Generator& g) { return one(g, {3, 2}, atleast_3d); }};

const Samples expand_as_samples{
    "expand_as", [](Generator& g) {
      const Shape drawn = sample_shape(g);
      return std::vector<Sample>{{"drawn sizes",
                                  {sample_tensor(g, sample_broadcastable(g, drawn)), sample_tensor(g, drawn)},
                                  [](const Tensors& in) { return expand_as(in[0], in[1]); },
                                  {true, false}}};
    }};

const Samples broadcast_tensors_samples{
    "broadcast_tensors", [](Generator& g) {
      return std::vector<Sample>{
          {"three", {sample_tensor(g, {3, 1}), sample_tensor(g, {2}), sample_tensor(g, {})}, [](const Tensors& in) {
             const Tensors all = broadcast_tensors(in);
             return all[0] * to(all[1], all[0].dtype()) + to(all[2], all[0].dtype());
           }}};
    }};

}  // namespace
}  // namespace adora::suite
