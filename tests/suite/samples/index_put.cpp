#include "ops/index_put.h"

#include "ops/arithmetic.h"
#include "sample.h"

namespace adora::suite {
namespace {

/// What is indexed: two dimensions side by side, two with one between them, and one in the middle.
struct Places {
  const char* what;
  std::vector<int> dims;  ///< of four
  Shape result;           ///< for an index [2, 1] and one [3], or [2, 1] alone, in a tensor [2, 3, 2, 3]
};
const Places all_places[] = {{"the first two dimensions", {0, 1}, {2, 3, 2, 3}},
                             {"two inner ones", {1, 2}, {2, 2, 3, 3}},
                             {"two that lie apart", {0, 2}, {2, 3, 3, 3}},
                             {"one", {1}, {2, 2, 1, 2, 3}}};

/// The indices as the op takes them; from either end.
Tensors indices_of(const Places& places, const Tensors& in) {
  Tensors indices(4);
  for (std::size_t i = 0; i < places.dims.size(); ++i) {
    const Tensor& index = in[i + 1];
    indices[static_cast<std::size_t>(places.dims[i])] = index.defined() ? index - 2 : index;
  }
  return indices;
}

std::vector<Sample> samples(Generator& g, const std::function<Tensor(const Tensor&, const Tensors&, const Tensors&)>& f,
                            bool with_values) {
  std::vector<Sample> result;
  for (const Places& places : all_places) {
    Tensors inputs{sample_tensor(g, {2, 3, 2, 3}), sample_indices(g, {2, 1}, 4)};
    if (places.dims.size() > 1) inputs.push_back(sample_indices(g, {3}, 4));
    if (with_values) inputs.push_back(sample_tensor(g, places.result));
    result.push_back({places.what, inputs, [=](const Tensors& in) { return f(in[0], indices_of(places, in), in); }});
  }
  return result;
}

const Samples index_samples{
    "index", [](Generator& g) {
      return samples(
          g, [](const Tensor& x, const Tensors& indices, const Tensors&) { return index(x, indices); }, false);
    }};

const Samples index_put_samples{
    "index_put", [](Generator& g) {
      std::vector<Sample> all;
      for (bool accumulate : {false, true}) {
        for (Sample& s : samples(
                 g,
                 [=](const Tensor&x, const Tensors&indices, const Tensors&in) {
                   return index_put(x, indices, in.back(), accumulate);
                 },
                 true)) {
          if (accumulate) s.what += ", added";
          all.push_back(std::move(s));
        }
      }
      all.push_back({"one number in many places",
                     {sample_tensor(g, {3, 2}), sample_indices(g, {4}, 3), sample_tensor(g, {})},
                     [](const Tensors& in) { return index_put(in[0], {in[1]}, in[2]); }});
      return all;
    }};

}  // namespace
}  // namespace adora::suite
