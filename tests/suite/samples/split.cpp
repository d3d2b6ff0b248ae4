#include "ops/split.h"

#include "sample.h"

namespace adora::suite {
namespace {

/// The parts but the second, in reverse order, as one tensor along the first dimension.
Tensor some_of(Tensors parts) {
  if (parts.size() > 2) parts.erase(parts.begin() + 1);
  std::reverse(parts.begin(), parts.end());
  for (Tensor& part : parts) {
    if (part.ndim() == 1) return stack(parts);
  }
  return cat(parts);
}

Sample of_drawn(Generator& g, const char* what, const std::function<Tensors(const Tensor&)>& f) {
  const std::int64_t rows = sample_size(g, 3, 7), columns = sample_size(g, 1, 3);
  return {what, {sample_tensor(g, {rows, columns})}, [f](const Tensors& in) { return some_of(f(in[0])); }};
}

const Samples chunk_samples{
    "chunk", [](Generator& g) {
      return std::vector<Sample>{of_drawn(g, "drawn sizes", [](const Tensor& x) { return chunk(x, 3); })};
    }};

const Samples tensor_split_samples{"tensor_split", [](Generator& g) {
                                     return std::vector<Sample>{
                                         of_drawn(g, "drawn sizes", [](const Tensor& x) { return tensor_split(x, 3); }),
                                         of_drawn(g, "parts that overlap", [](const Tensor& x) {
                                           return tensor_split(x, {2, 1, -1});
                                         })};
                                   }};

const Samples unbind_samples{
    "unbind", [](Generator& g) {
      return std::vector<Sample>{of_drawn(g, "drawn sizes", [](const Tensor& x) { return unbind(x); })};
    }};

}  // namespace
}  // namespace adora::suite
